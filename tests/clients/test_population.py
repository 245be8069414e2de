"""A crowd is drawn the same each time, and trades in one loop."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from clients.participants import REGISTRY, make_trader
from clients.population import drawn, kinds, population


def test_same_seed_and_size_give_the_same_crowd() -> None:
    assert population(3, 15) == population(3, 15)
    assert population(3, 15) != population(4, 15)


def test_a_larger_crowd_keeps_the_parameters_of_the_smaller() -> None:
    large = {member.name: member for member in population(3, 30)}
    for member in population(3, 12):
        assert large[member.name] == member


@pytest.mark.parametrize("size", [1, 2, 5, 12, 20, 40])
def test_sizes_and_kinds(size: int) -> None:
    crowd = population(1, size)
    assert len({member.name for member in crowd}) == len(crowd) == size
    counts = Counter(member.kind for member in crowd)
    if size >= len(kinds()):
        assert set(counts) == set(REGISTRY) - {"manipulator"}, "a scenario of its own"
    for member in crowd:
        assert make_trader(member.kind, member.name, 1, member.params).kind == member.kind


def test_an_empty_crowd_is_refused() -> None:
    with pytest.raises(ValueError, match="size: 0"):
        population(1, 0)


def test_every_shipped_kind_can_be_made_whatever_the_seed() -> None:
    for seed in range(20):
        for member in population(seed, 60):
            trader = make_trader(member.kind, member.name, seed, member.params)
            assert trader.name == member.name
            assert member.account_usd > 0


def test_draws_are_within_what_is_stated() -> None:
    stated = {"a": [3, 5], "b": [0.5, 1.5], "c": {"of": ["x", "y"]}, "d": 7, "e": "fixed"}
    found = [drawn(stated, seed, "one") for seed in range(200)]
    assert {each["a"] for each in found} == {3, 4, 5}
    assert all(0.5 <= each["b"] <= 1.5 for each in found)
    assert {each["c"] for each in found} == {"x", "y"}
    assert {(each["d"], each["e"]) for each in found} == {(7, "fixed")}
    # A parameter more leaves the others as they were.
    assert drawn(stated | {"f": [1, 9]}, 3, "one") | {"f": 0} == found[3] | {"f": 0}


def test_a_file_of_ones_own_states_another_crowd(tmp_path: Path) -> None:
    path = tmp_path / "squeeze.toml"
    path.write_text(
        """
        [[kind]]
        name = "manipulator"
        part = 1.0
        account_usd = 50_000_000
        [kind.params]
        family = "HPR"
        side = { of = ["buy", "sell"] }

        [[kind]]
        name = "noise"
        part = 3.0
        account_usd = [1_000, 2_000]
        """
    )
    crowd = population(1, 8, path)
    assert Counter(member.kind for member in crowd) == {"manipulator": 2, "noise": 6}
    assert all(1_000 <= member.account_usd <= 2_000 for member in crowd if member.kind == "noise")
    make_trader(crowd[0].kind, crowd[0].name, 1, crowd[0].params)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "there is none"),
        ("[[kind]\n", "squeeze.toml: "),
        ('[[kind]]\nname = "noise"\npart = 1.0\n', "account_usd"),
        ('[[kind]]\nname = "nose"\npart = 1.0\naccount_usd = 1', "nose.*there are .*noise"),
        ('[[kind]]\nname = "noise"\npart = 0.0\naccount_usd = 1', "part: 0.0 is not above 0"),
        (
            '[[kind]]\nname = "noise"\npart = 1.0\naccount_usd = [3, 2]',
            "account_usd: .*low to high",
        ),
        (
            '[[kind]]\nname = "noise"\npart = 1.0\naccount_usd = 1\n[kind.params]\nmean = 3',
            "params.mean: .*no such parameter; there are .*mean_hours",
        ),
        (
            '[[kind]]\nname = "noise"\npart = 1.0\naccount_usd = 1\n'
            "[kind.params]\nmarket_part = [0.5, 2.0]",
            "params.market_part: ",
        ),
    ],
)
def test_what_is_wrong_with_a_file_is_named(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "squeeze.toml"
    path.write_text(text)
    with pytest.raises(ValueError, match=said):
        population(1, 3, path)


def test_every_fault_of_a_file_is_named_at_once(tmp_path: Path) -> None:
    path = tmp_path / "two.toml"
    kind = '[[kind]]\nname = "noise"\npart = -1.0\naccount_usd = 0\n'
    path.write_text(kind + kind)
    with pytest.raises(ValueError, match="stated twice") as raised:
        population(1, 3, path)
    assert len(str(raised.value).splitlines()) == 5
