"""Implied trades as they are cleared: positions, cash and fees to the micro-dollar, and their rows."""

from __future__ import annotations

from exchange.core import invariants
from exchange.core import layout as at
from exchange.core.commands import Command
from exchange.core.layout import CommandKind, EventKind, Reason
from tests.exchange.core.implied_market import GPU1, GPU2, HOURS, SPREAD, market
from tests.exchange.core.lab import BUY, FOK, SELL, USD, Lab, submit

TICK_VALUE = HOURS * 10_000


def bought_spread() -> tuple[Lab, list[list[int]]]:
    """Account 1 offers GPU1 at 301, 2 bids 279 for GPU2, 0 buys ten of the spread at 25 or better."""
    lab = market()
    lab.order(submit(1, SELL, 301, 10, instrument=GPU1))
    lab.order(submit(2, BUY, 279, 15, instrument=GPU2))
    return lab, lab.do(submit(0, BUY, 25, 10, instrument=SPREAD))


def test_the_rows_name_the_combo_and_each_leg_with_prices_that_sum() -> None:
    _, rows = bought_spread()
    columns = [
        at.EVENT_KIND,
        at.EVENT_INSTRUMENT,
        at.EVENT_ACCOUNT,
        at.EVENT_SIDE,
        at.EVENT_PRICE_TICKS,
        at.EVENT_QTY_LOTS,
        at.EVENT_LEAVES_LOTS,
        at.EVENT_TAG,
        at.EVENT_RESTING_ACCOUNT,
        at.EVENT_RESTING_LEAVES_LOTS,
    ]
    assert [[row[column] for column in columns] for row in rows[1:]] == [
        [EventKind.IMPLIED, SPREAD, 0, BUY, 22, 10, 0, 1, 0, 2],
        [EventKind.IMPLIED_LEG, GPU1, 1, SELL, 301, 10, 0, 2, 0, 1],
        [EventKind.IMPLIED_LEG, GPU2, 2, BUY, 279, 10, 5, 3, 0, 1],
    ]


def test_each_leg_is_held_against_the_combos_owner_who_pays_the_combos_fee_alone() -> None:
    lab, _ = bought_spread()
    assert [lab.lots(account, GPU1) for account in range(4)] == [10, -10, 0, 0]
    assert [lab.lots(account, GPU2) for account in range(4)] == [-10, 0, 10, 0]
    assert not lab.core.positions[:, SPREAD, at.POSITION_LOTS].any()
    fees = lab.core.instruments[:, [at.INSTRUMENT_MAKER_FEE_MICROS, at.INSTRUMENT_TAKER_FEE_MICROS]]
    start = 10**6 * USD
    # Bought at 301 what is marked at 300, sold at 279 what is marked at 280: two ticks of ten lots.
    assert lab.cash(0) == start - 20 * TICK_VALUE - 10 * int(fees[SPREAD, 1])
    assert lab.cash(1) == start + 10 * TICK_VALUE - 10 * int(fees[GPU1, 0])
    assert lab.cash(2) == start + 10 * TICK_VALUE - 10 * int(fees[GPU2, 0])
    assert invariants.violations(lab.core) == []


def test_tapes_of_the_combo_and_of_its_legs_have_their_own_trade() -> None:
    lab, _ = bought_spread()
    columns = [at.INSTRUMENT_LAST_TICKS, at.INSTRUMENT_TRADES, at.INSTRUMENT_VOLUME_LOTS]
    assert lab.core.instruments[:, columns].tolist() == [[301, 1, 10], [279, 1, 10], [22, 1, 10]]


def test_an_aggressor_in_a_leg_pays_as_a_taker_and_the_combo_as_a_maker() -> None:
    lab = market()
    lab.order(submit(0, SELL, 22, 4, instrument=SPREAD))
    lab.order(submit(2, SELL, 279, 9, instrument=GPU2))
    rows = lab.do(submit(1, BUY, 305, 4, instrument=GPU1))
    told = [(row[at.EVENT_INSTRUMENT], row[at.EVENT_PRICE_TICKS]) for row in rows[1:]]
    assert told == [(SPREAD, 22), (GPU1, 301), (GPU2, 279)]
    fees = [row[at.EVENT_FEE_MICROS] for row in rows[1:]]
    rates = lab.core.instruments
    assert fees == [
        4 * rates[SPREAD, at.INSTRUMENT_MAKER_FEE_MICROS],
        4 * rates[GPU1, at.INSTRUMENT_TAKER_FEE_MICROS],
        4 * rates[GPU2, at.INSTRUMENT_MAKER_FEE_MICROS],
    ]
    assert invariants.violations(lab.core) == []


def test_a_fill_needs_no_more_margin_than_the_order_did() -> None:
    """Legs far from their marks: what the one loses the other gains, because their hours are the same."""
    lab = market()
    lab.order(submit(1, SELL, 325, 10, instrument=GPU1))
    lab.order(submit(2, BUY, 305, 10, instrument=GPU2))
    spare = lab.cash(0) - 10 * HOURS * 40_000 - 10 * 5 * USD
    lab.do(Command(CommandKind.TRANSFER, 0, amount_micros=-spare))
    assert lab.reason(submit(0, BUY, 20, 10, instrument=SPREAD)) == Reason.NONE
    assert lab.lots(0, GPU1) == 10
    assert lab.cash(0) >= lab.initial(0)
    assert invariants.violations(lab.core) == []


def test_a_bust_takes_the_combo_and_all_legs_back() -> None:
    lab, _ = bought_spread()
    before = [10**6 * USD] * 4
    assert lab.reason(Command(CommandKind.BUST, order_id=2)) == Reason.LEG_OF_COMBO
    rows = lab.do(Command(CommandKind.BUST, order_id=1))
    assert [row[at.EVENT_KIND] for row in rows] == [EventKind.TRADE_BUSTED] * 3
    assert [lab.cash(account) for account in range(4)] == before
    assert not lab.core.positions[:, :, at.POSITION_LOTS].any()
    assert invariants.violations(lab.core) == []


def give_up(executing: int, clearing: int, trade_id: int) -> Command:
    """Move a trade from one account to another."""
    return Command(CommandKind.GIVE_UP, executing, order_id=trade_id, qty_lots=clearing)


def test_the_owner_of_a_combo_gives_its_trade_up_with_all_legs() -> None:
    lab, _ = bought_spread()
    cash = [lab.cash(account) for account in range(4)]
    rows = lab.do(give_up(0, 3, 1))
    assert [row[at.EVENT_KIND] for row in rows] == [EventKind.TRADE_GIVEN_UP] * 3
    assert [lab.lots(account, GPU1) for account in range(4)] == [0, -10, 0, 10]
    assert [lab.lots(account, GPU2) for account in range(4)] == [0, 0, 10, -10]
    # Fee and all, it is as if the other had traded.
    assert [lab.cash(account) for account in range(4)] == [cash[3], cash[1], cash[2], cash[0]]
    lab.do(Command(CommandKind.BUST, order_id=1))
    assert [lab.cash(account) for account in range(4)] == [10**6 * USD] * 4
    assert invariants.violations(lab.core) == []


def test_an_order_that_met_a_combo_in_a_leg_is_given_up_by_itself() -> None:
    """Its owner traded a future and knows nothing of the combo."""
    lab, _ = bought_spread()
    cash = [lab.cash(account) for account in range(4)]
    rows = lab.do(give_up(1, 3, 2))
    assert [row[at.EVENT_KIND] for row in rows] == [EventKind.TRADE_GIVEN_UP]
    assert [lab.lots(account, GPU1) for account in range(4)] == [10, 0, 0, -10]
    assert [lab.cash(account) for account in range(4)] == [cash[0], cash[3], cash[2], cash[1]]
    lab.do(Command(CommandKind.BUST, order_id=1))
    assert [lab.cash(account) for account in range(4)] == [10**6 * USD] * 4
    assert invariants.violations(lab.core) == []


def test_nobody_is_given_a_trade_with_himself_and_the_owner_no_leg_alone() -> None:
    lab, _ = bought_spread()
    digest = lab.timeless_digest
    assert lab.reason(give_up(0, 3, 2)) == Reason.LEG_OF_COMBO
    assert lab.reason(give_up(0, 1, 1)) == Reason.SAME_ACCOUNT
    assert lab.reason(give_up(0, 0, 1)) == Reason.SAME_ACCOUNT
    assert lab.reason(give_up(1, 0, 2)) == Reason.SAME_ACCOUNT
    assert lab.reason(give_up(2, 3, 1)) == Reason.UNKNOWN_TRADE
    assert lab.timeless_digest == digest


def test_who_met_his_own_order_in_a_leg_gives_up_either_side() -> None:
    lab = market()
    lab.order(submit(0, SELL, 301, 10, instrument=GPU1))
    lab.order(submit(2, BUY, 279, 10, instrument=GPU2))
    lab.do(submit(0, BUY, 25, 10, instrument=SPREAD))
    assert lab.reason(give_up(0, 3, 1)) == Reason.NONE
    assert [lab.lots(account, GPU1) for account in range(4)] == [-10, 0, 0, 10]
    assert lab.reason(give_up(0, 1, 2)) == Reason.NONE
    assert [lab.lots(account, GPU1) for account in range(4)] == [0, -10, 0, 10]
    assert invariants.violations(lab.core) == []


def test_a_settled_leg_ends_the_cycle_with_the_combo() -> None:
    lab = market()
    lab.order(submit(1, SELL, 301, 10, instrument=GPU1))
    lab.order(submit(0, BUY, 15, 4, instrument=SPREAD))
    lab.do(Command(CommandKind.SETTLE, instrument=GPU2, amount_micros=2_800_000))
    rows = lab.do(submit(2, BUY, 301, 4, instrument=GPU1))
    assert [row[at.EVENT_KIND] for row in rows][1:] == [EventKind.EXECUTED]
    assert invariants.violations(lab.core) == []


def test_an_order_that_must_trade_whole_is_filled_by_cycles_and_margined_as_any_other() -> None:
    """GPU2 is bid for 15 lots, so fifteen of the spread can be had at once and sixteen cannot."""
    lab = market()
    lab.order(submit(1, SELL, 301, 20, instrument=GPU1))
    lab.order(submit(2, BUY, 279, 15, instrument=GPU2))
    before = lab.timeless_digest
    [refused] = lab.do(submit(0, BUY, 25, 16, instrument=SPREAD, tif=FOK))
    assert refused[at.EVENT_TAG] == Reason.FOK_NOT_FILLABLE
    assert lab.timeless_digest == before
    rows = lab.do(submit(0, BUY, 25, 15, instrument=SPREAD, tif=FOK))
    kinds = [EventKind.ACCEPTED, EventKind.IMPLIED, EventKind.IMPLIED_LEG, EventKind.IMPLIED_LEG]
    assert [row[at.EVENT_KIND] for row in rows] == kinds
    assert [lab.lots(account, GPU1) for account in range(3)] == [15, -15, 0]
    assert [lab.lots(account, GPU2) for account in range(3)] == [-15, 0, 15]
    assert invariants.violations(lab.core) == []


def test_a_close_out_finds_what_other_books_imply() -> None:
    """Nobody bids for GPU1 itself, but for the spread at -40 and for GPU2 at 279: a sale at 239."""
    lab = market(50_000 * USD)
    lab.do(Command(CommandKind.TRANSFER, 1, amount_micros=10**6 * USD))
    lab.do(Command(CommandKind.TRANSFER, 2, amount_micros=10**6 * USD))
    lab.trade(0, 1, 300, 100, GPU1)
    lab.do(Command(CommandKind.MARK, instrument=GPU1, price_ticks=240))
    lab.order(submit(1, BUY, -40, 30, instrument=SPREAD))
    lab.order(submit(2, BUY, 279, 30, instrument=GPU2))
    rows = lab.do(Command(CommandKind.CLOSE_OUT))
    told = [(row[at.EVENT_INSTRUMENT], row[at.EVENT_PRICE_TICKS]) for row in rows]
    kinds = [row[at.EVENT_KIND] for row in rows]
    first = kinds.index(EventKind.IMPLIED)
    assert kinds[first : first + 3] == [EventKind.IMPLIED, *[EventKind.IMPLIED_LEG] * 2]
    assert told[first : first + 3] == [(SPREAD, -40), (GPU1, 239), (GPU2, 279)]
    assert lab.lots(0, GPU1) == 75
    assert invariants.violations(lab.core) == []
