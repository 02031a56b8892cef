"""The mixed-integer program in Pyomo, one family a file; the only room that imports Pyomo."""
