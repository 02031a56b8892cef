"""What one replica can do: work, memory, links, steps and steady state; numpy only, SI units, all candidates at once."""
