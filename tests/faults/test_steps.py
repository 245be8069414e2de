"""The table of steps names functions of the product that there are."""

from __future__ import annotations

from tests.faults.steps import COMMIT, EXCHANGE, RECOVERY, SNAPSHOT, STEPS, owner_of


def test_each_step_is_a_function_of_the_product() -> None:
    for step in STEPS.values():
        owner, name = owner_of(step)
        assert callable(getattr(owner, name, None)), f"{step.name}: there is no {step.function}"
    assert len(STEPS) == len(COMMIT) + len(SNAPSHOT) + len(RECOVERY) + len(EXCHANGE)
    assert {step.edge for step in STEPS.values()} == {"before", "after"}
