"""Scenarios: what a lot gains in each, offsets between instruments, and what is refused."""

from __future__ import annotations

import msgspec
import pytest

from exchange.core import invariants, scenarios
from exchange.core import layout as at
from exchange.core.commands import Command
from exchange.core.layout import CommandKind, EventKind, Reason
from exchange.core.scenario_spec import PPM, ScenarioSpec
from tests.exchange.core.lab import USD, Lab, perpetual, reason_of, spec

UP_20 = (200_000, -200_000)


def shocks(*first: int) -> list[int]:
    """These, and nothing in the scenarios behind them."""
    return [*first, *([0] * (at.SCENARIOS - len(first)))]


def setting(instrument: int = 0, **terms: object) -> Command:
    values: dict[str, object] = {"shocks_ppm": shocks(*UP_20), "maintenance_ppm": 750_000, **terms}
    text = msgspec.json.encode(values).decode()
    return Command(CommandKind.SET_SCENARIOS, instrument=instrument, text=text)


def market() -> Lab:
    """GPU1 at 300 ticks of 7.30 $ a lot: 2,190 $; a perpetual at 3.000 $ of one GPU-hour."""
    return Lab(spec(), perpetual(), deposits=(1_000_000 * USD, 1_000_000 * USD))


def needs(lab: Lab, account: int = 0) -> tuple[int, int]:
    row = lab.core.account(account)
    return int(row[at.ACCOUNT_INITIAL_MICROS]), int(row[at.ACCOUNT_MAINTENANCE_MICROS])


def test_opposite_positions_that_move_alike_need_only_what_they_may_differ_by() -> None:
    lab = market()
    lab.trade(0, 1, 300, 10)
    alone = needs(lab)
    assert alone == (10 * 438 * USD, 10 * 328_500_000)
    # 7,300 GPU-hours of the perpetual against 10 lots of 730.
    lab.trade(1, 0, 3_000, 7_300, instrument=1)
    assert needs(lab) == (0, 0)
    lab.do(setting(1))
    lab.do(setting(0, shocks_ppm=shocks(*UP_20, 30_000, -30_000)))
    assert needs(lab) == (10 * 65_700_000, 10 * 49_275_000)
    assert lab.initial(1) == 10 * 65_700_000
    lab.do(setting(1, shocks_ppm=shocks(*UP_20, -30_000, 30_000)))
    assert needs(lab) == (2 * 10 * 65_700_000, 2 * 10 * 49_275_000)
    assert invariants.violations(lab.core) == []


def test_the_mark_carries_the_scenarios_with_it() -> None:
    lab = market()
    lab.do(setting(0, shocks_ppm=shocks(300_000, -100_000), maintenance_ppm=500_000))
    lab.trade(0, 1, 300, 1)
    assert needs(lab) == (219 * USD, 109_500_000)
    assert needs(lab, 1) == (657 * USD, 328_500_000)
    lab.do(Command(CommandKind.MARK, instrument=0, price_ticks=320))
    assert needs(lab) == (233_600_000, 116_800_000)
    assert needs(lab, 1) == (700_800_000, 350_400_000)


def test_lots_beyond_what_the_market_absorbs_cost_more() -> None:
    lab = market()
    lab.trade(0, 1, 300, 10)
    before = needs(lab)
    rows = lab.do(setting(0, concentration_lots=6, concentration_ppm=50_000))
    assert [row[at.EVENT_KIND] for row in rows] == [EventKind.SCENARIOS_SET]
    beyond = 4 * 109_500_000
    assert needs(lab) == (before[0] + beyond, before[1] + beyond)
    lab.do(Command(CommandKind.MARK, instrument=0, price_ticks=330))
    assert needs(lab)[1] == before[1] * 330 // 300 + beyond * 330 // 300
    assert invariants.violations(lab.core) == []


def test_moves_are_rounded_towards_nothing_on_both_sides() -> None:
    terms = ScenarioSpec(shocks_ppm=shocks(333_333, -333_333), maintenance_ppm=500_001)
    moves = scenarios.moves_of(terms, 10)
    assert moves[:2] == [3, -3]
    assert moves[at.SCENARIOS : at.SCENARIOS + 2] == [1, -1]
    assert scenarios.moves_of(terms, 0) == [0] * at.MOVE_COLUMNS


def test_without_any_set_a_price_moves_by_the_margin_rates_of_its_listing() -> None:
    terms = scenarios.default_scenarios(spec(initial_margin_ppm=300_000))
    assert terms.is_sound
    assert max(terms.shocks_ppm) == -min(terms.shocks_ppm) == 300_000
    assert terms.shocks_ppm[16:] == [0] * 8
    assert terms.maintenance_ppm == PPM // 2


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        (setting(5), Reason.UNKNOWN_INSTRUMENT),
        (setting(-1), Reason.UNKNOWN_INSTRUMENT),
        (setting(shocks_ppm=[1]), Reason.INVALID_SPEC),
        (setting(shocks_ppm=shocks(3_000_001)), Reason.INVALID_SPEC),
        (setting(shocks_ppm=shocks(-(1 << 70))), Reason.INVALID_SPEC),
        (setting(maintenance_ppm=0), Reason.INVALID_SPEC),
        (setting(maintenance_ppm=1_000_001), Reason.INVALID_SPEC),
        (setting(concentration_lots=-1), Reason.INVALID_SPEC),
        (setting(concentration_ppm=1_000_001), Reason.INVALID_SPEC),
        (setting(more=1), Reason.INVALID_SPEC),
        (Command(CommandKind.SET_SCENARIOS, instrument=0, text="?"), Reason.INVALID_SPEC),
    ],
)
def test_what_is_out_of_bounds_changes_nothing(command: Command, reason: Reason) -> None:
    lab = market()
    before = lab.timeless_digest
    assert reason_of(lab.do(command)) == reason
    assert lab.timeless_digest == before
