"""Holds begin and end with an action, and a refused command holds nothing."""

from __future__ import annotations

from exchange.core.commands import Command
from exchange.core.layout import CommandKind
from exchange.views.holds import HoldView, index_hold, mark_hold
from exchange.views.views import Views
from tests.exchange.views.market_flow import Line, opening
from tests.exchange.views.test_actions import told

NEAR, FAR = mark_hold("GPU1-30NOV26"), mark_hold("GPU1-31DEC26")


def mark(instrument: int, price_ticks: int) -> Command:
    return Command(CommandKind.MARK, instrument=instrument, price_ticks=price_ticks)


def test_a_hold_lasts_until_its_time_and_can_be_ended_before() -> None:
    line, views = Line(), Views()
    views.apply(*line.apply(opening()))
    views.apply(
        *line.apply([told("a", 2, holds=(NEAR, FAR), hold_until_ns=50), mark(0, 281), mark(1, 281)])
    )
    assert views.holds.is_held(NEAR, 49)
    assert not views.holds.is_held(NEAR, 50)
    assert not views.holds.is_held(index_hold("h100_broad"), 0)
    views.apply(*line.apply([told("b", 1, holds=(NEAR,), hold_until_ns=0), mark(0, 0)]))
    assert views.holds.until_ns == {FAR: 50}


def test_a_refused_command_leaves_the_hold_that_was_there() -> None:
    line, views = Line(), Views()
    views.apply(*line.apply(opening()))
    views.apply(*line.apply([told("a", 1, holds=(NEAR,), hold_until_ns=50), mark(0, 281)]))
    views.apply(
        *line.apply(
            [told("b", 2, holds=(NEAR, FAR), hold_until_ns=90), mark(0, 10**9), mark(1, 10**9)]
        )
    )
    assert views.holds.until_ns == {NEAR: 50}
    restored = HoldView()
    restored.restore(views.holds.snapshot())
    assert restored.until_ns == {NEAR: 50}
