"""How problems read."""

from __future__ import annotations

from exchange.contracts.problems import ContractError, Problem


def test_a_problem_reads_place_field_reason_advice() -> None:
    problem = Problem("gpu1.toml", 12, "contract.tick", "0 is no tick", "write 0.01")
    assert str(problem) == "gpu1.toml:12: contract.tick: 0 is no tick; write 0.01"
    assert str(problem._replace(line=0, field="")) == "gpu1.toml: 0 is no tick; write 0.01"


def test_an_error_holds_and_shows_all() -> None:
    both = [Problem("a", 1, "x", "r", "d"), Problem("a", 2, "y", "r", "d")]
    error = ContractError(both)
    assert error.problems == tuple(both)
    assert str(error) == "a:1: x: r; d\na:2: y: r; d"
