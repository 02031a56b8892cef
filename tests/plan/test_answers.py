"""Who answers whose requests, of replicas and of API offers."""

from planner.plan.answers import answers, movable
from planner.plan.audit_input import read_audit_input
from tests.plan.checks.traffic_plans import bought, in_two_steps, put_off


def test_strong_models_of_a_cascade_do_not_answer_first():
    rows = answers(read_audit_input(in_two_steps()))

    assert set(rows.loc[rows["is_first"], "model"]) == {"llama-3.1-8b"}
    assert set(rows.loc[~rows["is_first"], "model"]) == {"llama-3.1-70b"}
    assert rows["home"].str.endswith("|us-virginia").all()


def test_calls_are_answers_of_their_model():
    rows = answers(read_audit_input(bought()))

    assert rows[["home", "variant", "model"]].drop_duplicates().to_numpy().tolist() == [
        ["deepinfra/llama-3.1-8b", "deepinfra/llama-3.1-8b", "llama-3.1-8b"]
    ]
    assert rows["is_first"].all()


def test_interruptible_workloads_are_movable():
    assert movable(read_audit_input(put_off())) == {"chat"}
    assert movable(read_audit_input(bought())) == set()
