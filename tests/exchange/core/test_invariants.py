"""Each law's breach is found: one cell changed, one sentence."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from exchange.core import invariants
from exchange.core import layout as at
from exchange.core.core import Core
from exchange.core.layout import Instruction
from matching import layout as book_at
from tests.exchange.core.lab import BUY, SELL, USD, Lab, spec, submit


def sound() -> Core:
    lab = Lab(spec(), deposits=(10**6 * USD, 10**6 * USD))
    lab.trade(0, 1, 300, 3)
    lab.order(submit(0, BUY, 290, 4))
    lab.order(submit(1, SELL, 310, 5))
    lab.order(submit(0, SELL, 320, 2, instructions=Instruction.REDUCE_ONLY))
    return lab.core


def swap_best(core: Core) -> None:
    rows = core.books.rows
    rows[0, book_at.BOOK_BEST_BID] = rows[0, book_at.BOOK_BEST_ASK] + 1


def add(array: str, index: tuple[int, ...] | int) -> Callable[[Core], None]:
    def corrupt(core: Core) -> None:
        getattr(core, array)[index] += 1

    return corrupt


def level_size(core: Core) -> None:
    levels = core.books.levels
    levels[289, book_at.LEVEL_QTY_LOTS] += 1


def book_count(core: Core) -> None:
    core.books.rows[0, book_at.BOOK_ORDERS] += 1


def lower_band(core: Core) -> None:
    core.instruments[0, at.INSTRUMENT_BAND_HIGH_TICKS] = 289


def holding(core: Core) -> None:
    core.books.owners[0, book_at.OWNER_HOLDING_LOTS] += 1


def end_order(core: Core) -> None:
    core.books.details[reducing_slot(core), book_at.DETAIL_EXPIRY_NS] = core.ts_ns


def grow_order(core: Core) -> None:
    core.books.order_rows[reducing_slot(core), book_at.ORDER_LEAVES_LOTS] += 2


def reducing_slot(core: Core) -> int:
    """The slot of the one order with a detail row."""
    terms = core.books.order_rows[:, book_at.ORDER_TERMS]
    (slot,) = (terms & book_at.MARK_DETAIL).nonzero()[0].tolist()
    return int(slot)


def book(column: int) -> Callable[[Core], None]:
    def corrupt(core: Core) -> None:
        core.books.rows[0, column] += 1

    return corrupt


def contribution(core: Core) -> None:
    core.contributions[0] = 0


def closing_out(core: Core) -> None:
    core.accounts[0, at.ACCOUNT_STATUS] = at.AccountStatus.CLOSING_OUT


def account(column: int) -> Callable[[Core], None]:
    return add("accounts", (0, column))


def position(column: int) -> Callable[[Core], None]:
    return add("positions", (0, 0, column))


BREACHES = [
    (account(at.ACCOUNT_CASH_MICROS), "cash:"),
    (add("venue", at.VENUE_DEPOSITS_MICROS), "cash:"),
    (add("venue", at.VENUE_HOUSE_MICROS), "cash:"),
    (add("venue", at.VENUE_FEES_MICROS), "fees:"),
    (account(at.ACCOUNT_FEES_MICROS), "fees:"),
    (position(at.POSITION_LOTS), "positions:"),
    (add("instruments", (0, at.INSTRUMENT_OPEN_INTEREST_LOTS)), "open interest:"),
    (swap_best, "crossed:"),
    (level_size, "levels:"),
    (book_count, "working: 4 orders rest"),
    (position(at.POSITION_BUY_LOTS), "working: account 0"),
    (position(at.POSITION_BUY_LOSS_TICKLOTS), "working: account 0"),
    (position(at.POSITION_SELL_LOTS), "working: account 0"),
    (position(at.POSITION_SELL_LOSS_TICKLOTS), "working: account 0"),
    (position(at.POSITION_ORDERS), "working: account 0"),
    (account(at.ACCOUNT_ORDERS), "working: an account's number"),
    (account(at.ACCOUNT_INITIAL_MICROS), "margin: account-0"),
    (account(at.ACCOUNT_MAINTENANCE_MICROS), "margin: account-0"),
    (add("moves", (0, 0)), "rates: the moves"),
    (add("moves", (0, at.SCENARIOS)), "rates: the moves"),
    (add("instruments", (0, at.INSTRUMENT_BAND_LOW_TICKS)), "rates:"),
    (add("instruments", (0, at.INSTRUMENT_INITIAL_MICROS)), "rates: a lot"),
    (account(at.ACCOUNT_STATUS), "calls: account-0"),
    (position(at.POSITION_VARIATION_MICROS), "postings: account-0"),
    (position(at.POSITION_FUNDING_MICROS), "postings: account-0"),
    (position(at.POSITION_FEES_MICROS), "postings: account-0"),
    (account(at.ACCOUNT_RELIEF_MICROS), "postings: account-0"),
    (add("venue", at.VENUE_INSURANCE_MICROS), "cash:"),
    (add("venue", at.VENUE_DEFAULT_FUND_MICROS), "cash:"),
    (add("venue", at.VENUE_DEFAULT_FUND_MICROS), "default fund:"),
    (contribution, "default fund:"),
    (closing_out, "close-outs: account-0"),
    (add("venue", at.VENUE_TS_NS), "time:"),
    (add("instruments", (0, at.INSTRUMENT_STATE)), "guards:"),
    (book(book_at.BOOK_STATE), "guards:"),
    (book(book_at.BOOK_BAND_LOW), "guards:"),
    (book(book_at.BOOK_BAND_HIGH), "guards:"),
    (lower_band, "band:"),
    (holding, "holdings:"),
    (end_order, "expiry: order"),
    (grow_order, "reduce-only: order"),
    (add("venue", at.VENUE_FIXINGS), "fixings:"),
    (lambda core: core.fixing_names.append("x"), "fixings:"),
]


def test_a_sound_core_breaks_no_law() -> None:
    assert invariants.violations(sound()) == []
    assert invariants.violations(Core()) == []


@pytest.mark.parametrize(("corrupt", "sentence"), BREACHES)
def test_each_breach_is_told(corrupt: Callable[[Core], None], sentence: str) -> None:
    core = sound()
    corrupt(core)
    found = invariants.violations(core)
    assert any(line.startswith(sentence) for line in found), found
