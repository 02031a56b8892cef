"""Proves a plan's bound again: its own statement of the program from the coefficient tables, and the other engine."""
