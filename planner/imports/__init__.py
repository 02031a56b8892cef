"""Foreign formats in: what other planners' files say, written as an ordinary instance; their optima become ours to meet."""
