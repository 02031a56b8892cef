"""Facts and wishes: typed, frozen, checked at the door; computes nothing."""
