"""What an attack costs: the rows that it claims to need move the index by what was asked."""

from __future__ import annotations

import re

import pytest

from exchange.indices import attack
from exchange.indices.attack import AttackError, Target, attacks
from exchange.indices.methodology import Methodology, parse
from exchange.indices.panel import Panel
from tests.exchange.indices.rental_market import FIRST_DAY, market, methodology

DAYS = 12
ROWS = sorted(market(DAYS, 8, 1))
PANEL = Panel.of(ROWS)


def target(chosen: Methodology, provider: str = "p02") -> Target:
    return Target(PANEL, chosen, provider, FIRST_DAY + 5, FIRST_DAY + DAYS - 1)


def changed(name: str, before: str, after: str) -> Methodology:
    return parse(re.sub(before, after, methodology(name).text), "f.toml")


def test_without_more_rows_nothing_moves() -> None:
    for name in ("h100_usd", "h100_tx_usd"):
        found = target(methodology(name))
        assert found.moved(found.run([])) == 0.0


@pytest.mark.parametrize("move", [0.01, -0.01])
def test_rentals_move_the_transaction_index_at_their_cost(move: float) -> None:
    found = target(methodology("h100_tx_usd"))
    results = attacks(found, move, 0.03)
    best = results[0]
    assert best.succeeds
    assert best.cost_usd + best.fees_usd == min(
        each.cost_usd + each.fees_usd for each in results if each.succeeds
    )
    again = found.run(found.rows(best.factor, best.gpu_hours, "rentals"))
    assert found.moved(again) * (1 if move > 0 else -1) >= 0.01
    less = found.run(found.rows(best.factor, best.gpu_hours * 0.9, "rentals"))
    assert abs(found.moved(less)) < 0.01
    hours = best.gpu_hours * 7
    assert best.cost_usd == pytest.approx(hours * found.level * abs(best.factor - 1), rel=1e-6)
    assert best.fees_usd == pytest.approx(hours * found.level * best.factor * 0.03, rel=1e-6)


def test_winsorising_and_a_cap_make_it_dearer() -> None:
    plain = attacks(target(methodology("h100_tx_usd")), 0.01, 0.0)
    bare = changed("h100_tx_usd", r"share = 0\.05", "share = 0.0")
    bare = parse(re.sub(r"cap = 0\.25", "cap = 1.0", bare.text), "f.toml")
    free = attacks(target(bare), 0.01, 0.0)
    of_price = {each.factor: each for each in free}
    dear = next(each for each in plain if each.factor == 1.5)
    assert "winsorising" in dear.held_by
    assert of_price[1.5].gpu_hours < dear.gpu_hours


def test_lists_cost_nothing_and_are_bounded_by_the_rules() -> None:
    found = target(methodology("h100_usd"))
    results = {each.means: each for each in attacks(found, 0.005, 0.03)}
    assert results["lists"].cost_usd == results["lists"].fees_usd == 0.0
    assert results["lists"].succeeds
    assert results["rentals"].cost_usd > 0
    far = {each.means: each for each in attacks(found, 0.4, 0.03)}
    assert not far["lists"].succeeds
    assert far["lists"].held_by, "the rules that held it are named"
    assert abs(far["lists"].moved) < 0.4


def test_an_index_without_lists_is_not_attacked_by_them() -> None:
    chosen = changed("h100_usd", "listed = true", "listed = false")
    assert {each.means for each in attacks(target(chosen), 0.005, 0.03)} == {"rentals"}


def test_what_cannot_be_attacked_is_refused() -> None:
    with pytest.raises(
        AttackError, match=r"'nobody' has no observation .* providers that have: p00"
    ):
        target(methodology("h100_usd"), "nobody")
    with pytest.raises(AttackError, match="no print in the month"):
        Target(PANEL, methodology("h100_tx_usd"), "p02", FIRST_DAY + 90, FIRST_DAY + 99)


def test_months() -> None:
    assert attack.month_days(2025, 10) == (FIRST_DAY, FIRST_DAY + 30)
    assert attack.last_full_month(PANEL) == (2025, 10)
    assert attack.last_full_month(Panel.of(market(40, 1, 1))) == (2025, 10)
