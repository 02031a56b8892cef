"""What serving costs: speed-cost frontiers, marginal and unit cost, after Erdil and "Beyond Benchmarks" (2025), and of a plan.

The modules `erdil_*` are the model of Erdil (2025), "Inference economics of language models" (arXiv 2506.04645),
exactly as its authors ran it, apart from the planner's own roofline: they share no constant and no formula with it.
Read them in this order: `erdil_constants` (what is shipped), `erdil_models` and `erdil_devices` (the objects),
`erdil_collectives`, `erdil_traffic` (bytes of a matrix product), `erdil_latency` (v2, the paper's code),
`erdil_latency_v1`, `erdil_closed_form` (sections 2.2 and 3.6), `erdil_speculative`, `erdil_search` (the 400 x 400
grid and its frontier), `erdil_agreement` (with published reference tables), `erdil_quirks` (what each moves) and
`erdil_side_by_side` (both cores at one setup).

The modules `frontier*` are the planner's own speed-cost frontier: `frontier` (prices and speeds of all layouts and
batches), `frontier_layouts`, `frontier_prices`, `frontier_answer` (what the command answers), `frontier_erdil` (the same
answer by the paper's model) and `frontier_picture`.

The production frontier ("Beyond Benchmarks", arXiv 2510.26136): `hourly_cost` (an hour of an accelerator of one's own),
`operating_points` (results files as points), `token_use` (tokenisers and long answers), `cost_curve` (average cost, saving of
a slot, elasticity, trends), `cost_zone` (knee and cost-effective zone), `quality_frontier` and `quality_floor` (dominance, and
the least cost of a plan by floor), `production` (all of it for a set of setups). `pictures` draws what any of them found.
"""
