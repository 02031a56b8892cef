"""The answer and its independent judge: a plan as tables and facts, its folder, its money, its audit."""
