"""What a state that changes lets happen among orders that rest."""

from __future__ import annotations

from exchange.core import invariants
from exchange.core import layout as at
from exchange.core.commands import Command
from exchange.core.layout import CommandKind, EventKind, State
from tests.exchange.core.implied_market import GPU1, GPU2, SPREAD, market
from tests.exchange.core.lab import BUY, SELL, Row, submit


def set_state(instrument: int, state: State) -> Command:
    return Command(CommandKind.SET_STATE, instrument=instrument, qty_lots=state)


def test_a_leg_that_opens_completes_the_cycle_and_nobody_pays_as_a_taker() -> None:
    """GPU1 is collected for its auction; its offer of 301 is the youngest, so it gets what is left, 304."""
    lab = market()
    lab.order(submit(2, BUY, 279, 10, instrument=GPU2))
    lab.order(submit(0, BUY, 25, 4, instrument=SPREAD))
    lab.do(set_state(GPU1, State.PRE_OPEN))
    lab.order(submit(1, SELL, 301, 10, instrument=GPU1))
    rows = lab.do(set_state(GPU1, State.OPEN))
    traded = [
        row for row in rows if row[at.EVENT_KIND] in (EventKind.IMPLIED, EventKind.IMPLIED_LEG)
    ]
    assert [prices(row) for row in traded] == [(SPREAD, 25, 4), (GPU1, 304, 4), (GPU2, 279, 4)]
    assert (traded[0][at.EVENT_RESTING_ACCOUNT], traded[0][at.EVENT_RESTING_ORDER_ID]) == (-1, 0)
    makers = lab.core.instruments[[SPREAD, GPU1, GPU2], at.INSTRUMENT_MAKER_FEE_MICROS].tolist()
    assert [row[at.EVENT_FEE_MICROS] for row in traded] == [4 * fee for fee in makers]
    assert lab.core.books.level(GPU1, SELL, 301) == (6, 1)
    assert invariants.violations(lab.core) == []


def prices(row: Row) -> tuple[int, int, int]:
    return row[at.EVENT_INSTRUMENT], row[at.EVENT_PRICE_TICKS], row[at.EVENT_QTY_LOTS]
