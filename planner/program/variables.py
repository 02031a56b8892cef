"""Index sets (upper-case plurals) and decision variables (verbs); the sparse index decides which exist."""

import pyomo.environ as pyo

from planner.program.groups import Groups


def add_variables(m: pyo.ConcreteModel, g: Groups) -> None:
    """Adds the sets and variables of the program.

    serve[w,o,p,t,b]   requests per second of workload w on option o at place p in period t, block b   (1/s, >= 0)
    deploy[k,o,p,t,b]  replicas of option o for pool k                                                 (integer)
    rent[f,t,b]        nodes of a rented or owned offer f running in the block                          (integer)
    commit[f,t]        nodes ordered on a committed offer f in period t                                 (integer)
    call[w,a,t,b]      requests per second of workload w answered by API offer a                        (1/s, >= 0)
    rebate[a,t,s,n]    usd spent at list price on API offer a in tier n of its price, in scenario s        (usd, >= 0)
    choose[w,h,t,b]    home h (option in a region, or API offer) answers indivisible workload w         (0 or 1)
    sacrifice[w,t,b]   workload w may be turned away, all lower priorities are                          (0 or 1)
    refuse[w,t,b]      requests per second of workload w turned away                                    (1/s, >= 0)
    tier[f,t,b,n]      nodes of a lot in the tier of its price that begins with node n                  (>= 0)
    start[n,r,t,s]     nodes of a bay that start in scenario s, against the period before               (>= 0)
    launch[o,p,t,s]    replicas of option o that start at place p in scenario s, against the period before  (>= 0)
    pledge[s,t]        usd promised for every hour of savings plan s, signed in period t                 (usd/h, >= 0)
    apply[s,u,f,t,b]   nodes of offer f that a pledge signed in period u pays for                        (nodes, >= 0)
    hold[f,t]          nodes of a committed offer f alive in period t                                   (integer by `commitment`)
    host[x,n,r,t,s]    option or model n (x says which) may run in region r in period t of scenario s       (0 or 1)
    lift[k,o,p,t,b,n]  replicas that are as busy as the line through n allows, with pooled headroom         (replicas, >= 0)
    pick[k,o,p,t,b,n]  whether any are                                                                      (0 or 1)
    hand[w,o,o',p,t,b] requests per second whose prompts prefill option o works off for decode option o'  (1/s, >= 0)
    devote[n,r,v,t,b]  nodes that carry prefill and decode replicas alone, where providers are several   (integer)
    slice[w,o,p,t,b]   equal parts of workload w's traffic on a route, where it is made of parts        (integer, 0..parts)
    """
    m.ROUTES = pyo.Set(initialize=g.routes, dimen=5)
    m.DEPLOYMENTS = pyo.Set(initialize=g.deployments, dimen=5)
    m.RENTALS = pyo.Set(initialize=g.rentals, dimen=3)
    m.ORDERS = pyo.Set(initialize=g.orders, dimen=2)
    m.HOLDINGS = pyo.Set(initialize=g.holdings, dimen=2)
    m.serve = pyo.Var(m.ROUTES, domain=pyo.NonNegativeReals)
    m.deploy = pyo.Var(m.DEPLOYMENTS, domain=pyo.NonNegativeIntegers)
    m.rent = pyo.Var(m.RENTALS, domain=pyo.NonNegativeIntegers)
    m.commit = pyo.Var(m.ORDERS, domain=pyo.NonNegativeIntegers)
    m.hold = pyo.Var(m.HOLDINGS, domain=pyo.NonNegativeReals)
    m.SLICES = pyo.Set(initialize=g.slices.routes, dimen=5)
    m.slice = pyo.Var(m.SLICES, domain=pyo.NonNegativeIntegers, bounds=lambda m, w, *route: (0, g.slices.parts[w]))
    m.HOSTINGS = pyo.Set(initialize=g.variety.hostings, dimen=5)
    m.host = pyo.Var(m.HOSTINGS, domain=pyo.Binary)
    add_service_variables(m, g)
    add_money_variables(m, g)
    add_disaggregation_variables(m, g)


def add_disaggregation_variables(m: pyo.ConcreteModel, g: Groups) -> None:
    """Adds what disaggregated serving decides beside `serve` and `deploy`; nothing where no pair is offered."""
    m.HANDOVERS = pyo.Set(initialize=g.disaggregation.handovers, dimen=6)
    m.DEVOTED = pyo.Set(initialize=list(g.disaggregation.sharing_of_fabric), dimen=5)
    m.hand = pyo.Var(m.HANDOVERS, domain=pyo.NonNegativeReals)
    m.devote = pyo.Var(m.DEVOTED, domain=pyo.NonNegativeIntegers)


def add_service_variables(m: pyo.ConcreteModel, g: Groups) -> None:
    """Adds what the families on traffic decide beside `serve`; nothing where no workload has such a wish."""
    m.REFUSALS = pyo.Set(initialize=g.service.refusals, dimen=3)
    m.CALLS = pyo.Set(initialize=g.service.calls, dimen=4)
    m.HOMES = pyo.Set(initialize=list(g.service.homes), dimen=4)
    m.SACRIFICES = pyo.Set(initialize=list(g.service.rivals), dimen=3)
    m.refuse = pyo.Var(m.REFUSALS, domain=pyo.NonNegativeReals, bounds=lambda m, *key: (0.0, g.demand[key]))
    m.call = pyo.Var(m.CALLS, domain=pyo.NonNegativeReals)
    m.REBATES = pyo.Set(initialize=list(g.service.rebates), dimen=4)
    m.rebate = pyo.Var(m.REBATES, domain=pyo.NonNegativeReals)
    m.choose = pyo.Var(m.HOMES, domain=pyo.Binary)
    m.sacrifice = pyo.Var(m.SACRIFICES, domain=pyo.Binary)
    m.LIFTED = pyo.Set(initialize=g.headroom.lifted, dimen=6)
    m.lift = pyo.Var(m.LIFTED, domain=pyo.NonNegativeReals)
    m.pick = pyo.Var(m.LIFTED, domain=pyo.Binary)


def add_money_variables(m: pyo.ConcreteModel, g: Groups) -> None:
    """Adds what the families on contracts and time decide; nothing where the instance has no such wish."""
    m.TIERS = pyo.Set(initialize=list(g.money.tiers), dimen=4)
    m.STARTS = pyo.Set(initialize=list(g.money.starts), dimen=4)
    m.LAUNCHES = pyo.Set(initialize=list(g.money.launches), dimen=4)
    m.tier = pyo.Var(m.TIERS, domain=pyo.NonNegativeReals)
    m.start = pyo.Var(m.STARTS, domain=pyo.NonNegativeReals)
    m.launch = pyo.Var(m.LAUNCHES, domain=pyo.NonNegativeReals)
    m.PLEDGES = pyo.Set(initialize=g.savings.pledges, dimen=2)
    m.APPLIED = pyo.Set(initialize=g.savings.applied, dimen=5)
    m.pledge = pyo.Var(m.PLEDGES, domain=pyo.NonNegativeReals)
    m.apply = pyo.Var(m.APPLIED, domain=pyo.NonNegativeReals)
