"""What could be bought: variants, layouts, rates under SLO, sites, dominance, and the coefficient tables."""
