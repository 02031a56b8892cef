"""One check a file: each states its rule or cost again, from tables alone."""
