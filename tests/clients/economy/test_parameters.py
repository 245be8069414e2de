"""Parameters: the shipped file, and what is said of a bad one."""

from __future__ import annotations

from pathlib import Path

import pytest

from clients.economy.parameters import DEFAULT, ParameterError, load, parse

TEXT = DEFAULT.read_text(encoding="utf-8")


def test_the_shipped_file_has_the_four_generations_and_the_size_of_the_issue() -> None:
    params = load()
    assert list(params.generations) == ["A100", "H100", "H200", "B200"]
    assert sum(cloud.providers for cloud in params.clouds.values()) == 200
    assert params.customers == 2_000


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("opex_usd = 0.35", "opex_usd = 'x'", "opex_usd"),
        ("gpus = 150_000", "gpus = 0", "gpus"),
        ("gpus = 150_000", "gpu = 1", "gpu"),
        ("neocloud = 1.0, marketplace = 0.6", "neoclowd = 1.0", "neoclowd"),
        ("1 = 0.3, 3 = 0.3, 6 = 0.2, 12 = 0.15, 36 = 0.05", "", "terms.months"),
        ("customers = 2000", "customers = ", "not TOML"),
    ],
)
def test_a_bad_file_is_refused_with_the_field(before: str, after: str, said: str) -> None:
    assert before in TEXT
    with pytest.raises(ParameterError, match=said):
        parse(TEXT.replace(before, after), "mine.toml")


def test_an_empty_table_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text("customers = 1\nwarm_up_days = 0\n")
    with pytest.raises(ParameterError, match=r"mine\.toml: .*missing required field"):
        load(path)


def test_a_smaller_economy_keeps_its_capacity_and_every_type_of_provider() -> None:
    params = load().sized(10, 50)
    assert all(cloud.providers >= 1 for cloud in params.clouds.values())
    assert params.customers == 50
    assert params.generations == load().generations


def test_mean_activity_is_that_of_the_two_state_chain() -> None:
    """Simulated by hand for the training segment: stationary part at work is begins/(begins + ends)."""
    segment = load().segments["training"]
    working, at_work = 0.0, 0.0
    for _ in range(2_000):
        working += (1 - working) * segment.begins - working * segment.ends
        at_work = working
    assert segment.mean_activity == pytest.approx(at_work + (1 - at_work) * segment.idle)
    assert load().segments["inference"].mean_activity == 1.0
