"""The decorator that makes a Family of a function."""

import dataclasses

import pytest

from planner.program.family import family


def test_the_functions_name_is_the_familys():
    @family("cut", r"x \le 1", "nodes")
    def knapsack(model, groups):
        """A fact in the present tense.

        More.
        """
        return model, groups

    assert (knapsack.name, knapsack.kind, knapsack.unit) == ("knapsack", "cut", "nodes")
    assert knapsack.summary == "A fact in the present tense."
    assert knapsack("model", "groups") == ("model", "groups")
    with pytest.raises(dataclasses.FrozenInstanceError):
        knapsack.name = "other"
