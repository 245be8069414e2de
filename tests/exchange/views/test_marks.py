"""Marks, indices and settlements as the core holds them."""

from __future__ import annotations

from exchange.core.commands import Command
from exchange.core.layout import INSTRUMENT_MARK_TICKS, CommandKind
from exchange.views.views import Views
from tests.exchange.views.market_flow import REFERENCE_TICKS, Line, opening


def test_marks_and_indices_follow_the_core() -> None:
    line, views = Line(), Views()
    views.apply(*line.apply(opening()))
    assert [views.marks.mark_ticks(i) for i in range(3)] == [280, 280, 2800]
    assert [views.marks.index_micros(i) for i in range(3)] == [0, 0, 0]
    commands = [
        Command(CommandKind.PRINT_INDEX, amount_micros=2_812_345, text="h100_trades"),
        Command(CommandKind.PRINT_INDEX, amount_micros=2_790_000, text="h100_broad"),
        Command(CommandKind.MARK, instrument=1, price_ticks=REFERENCE_TICKS + 7),
    ]
    for command in commands:
        views.apply(*line.apply([command]))
    for number, spec in enumerate(line.core.specs):
        assert views.marks.mark_ticks(number) == line.core.instrument(number)[INSTRUMENT_MARK_TICKS]
        assert views.marks.index_micros(number) == line.core.index_prices[spec.index]
    assert views.marks.index_micros(2) == 2_812_345


def test_a_settlement_is_kept_and_its_orders_expire() -> None:
    line, views = Line(), Views()
    views.apply(*line.apply(opening()))
    order = Command(CommandKind.SUBMIT, 0, 0, price_ticks=REFERENCE_TICKS, qty_lots=2)
    views.apply(*line.apply([order]))
    assert views.marks.settlements == []
    settle = Command(CommandKind.SETTLE, instrument=0, amount_micros=2_754_321)
    views.apply(*line.apply([settle]))
    (settlement,) = views.marks.settlements
    assert (settlement.instrument, settlement.ts_ns) == (0, line.ts_ns)
    assert settlement.price_micros == 2_754_321
    assert views.orders.live(0) == []
