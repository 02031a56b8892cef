"""Which variables exist, and which of them are whole."""

import pyomo.environ as pyo

from planner.program.groups import Groups
from planner.program.variables import add_variables
from tests.worlds import showcase


def test_variables_exist_on_the_sparse_index_only():
    groups = Groups(showcase())
    model = pyo.ConcreteModel()
    add_variables(model, groups)

    assert len(model.serve) == len(groups.routes) == 12
    assert len(model.deploy) == len(groups.deployments) == 10
    assert set(model.hold) == set(groups.holdings)
    assert all(model.deploy[d].is_integer() for d in model.deploy)
    assert all(model.rent[r].is_integer() and model.rent[r].lb == 0 for r in model.rent)
    assert all(model.commit[o].is_integer() for o in model.commit)
    assert all(model.serve[r].is_continuous() and model.serve[r].lb == 0 for r in model.serve)
