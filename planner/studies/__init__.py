"""Many plans asked one question."""
