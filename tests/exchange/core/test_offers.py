"""Close-outs in batch books: the offer waits for its auction, which alone says whether it closed anything."""

from __future__ import annotations

from exchange.core import default, invariants, snapshot
from exchange.core import layout as at
from exchange.core.commands import Command
from exchange.core.layout import AccountStatus, CommandKind, EventKind, Reason, State
from tests.exchange.core.lab import BUY, SELL, USD, Lab, spec, submit
from tests.exchange.core.test_default import FREE, STEP, kinds, mark, set_terms, status

BATCH_NS = 10**6
"""A thousand times as long as a close-out waits between two steps."""


def in_default(**changes: object) -> Lab:
    """A lab with a batch book whose account 0 is long 100 lots and called; its bankruptcy price is 232."""
    terms = {**FREE, "matching": "batch_auction", "batch_interval_ns": BATCH_NS, **changes}
    lab = Lab(spec(**terms), deposits=(50_000 * USD, 10**6 * USD, 10**6 * USD))
    set_terms(lab, step_ns=1_000, patience_steps=1, deleveraging_steps=1)
    lab.order(submit(1, SELL, 300, 100))
    lab.order(submit(0, BUY, 300, 100))
    to_auction(lab)
    mark(lab, 240)
    assert (lab.lots(0), status(lab)) == (100, AccountStatus.CALLED)
    return lab


def to_auction(lab: Lab) -> list[list[int]]:
    """Let the batch end that gathers."""
    lab.ts_ns = (lab.ts_ns // BATCH_NS + 1) * BATCH_NS
    return lab.do(Command(CommandKind.ADVANCE))


def test_an_offer_outlives_the_steps_until_its_auction_and_trades_there() -> None:
    lab = in_default()
    lab.order(submit(2, BUY, 239, 60))
    assert kinds(lab.do(STEP))[-2:] == [EventKind.SLICE_OFFERED, EventKind.ACCEPTED]
    for _ in range(5):
        assert default.due(lab.core, lab.ts_ns + 50_000) == []
        assert lab.do(STEP) == []
    assert to_auction(lab)[0][at.EVENT_QTY_LOTS] == 25
    assert lab.lots(0) == 75
    assert default.due(lab.core, lab.ts_ns) == [0]
    assert kinds(lab.do(STEP))[0] == EventKind.SLICE_OFFERED
    assert invariants.violations(lab.core) == []


def test_an_offer_that_waits_is_not_taken_back_by_name_either() -> None:
    lab = in_default()
    lab.do(STEP)
    digest = lab.timeless_digest
    for forced in (0, 1):
        command = Command(CommandKind.CLOSE_OUT, 0, qty_lots=forced)
        assert lab.reason(command) == Reason.NOT_DUE
    assert lab.timeless_digest == digest


def test_auctions_without_a_counterparty_count_as_steps_that_closed_nothing() -> None:
    lab = in_default()
    told = []
    for _ in range(3):
        told.append(kinds(lab.do(STEP)))
        to_auction(lab)
    assert [EventKind.DELEVERAGED in rows for rows in told] == [False, False, True]
    assert lab.lots(0) == 0
    assert invariants.violations(lab.core) == []


def test_a_fill_begins_the_patience_anew() -> None:
    lab = in_default()
    lab.do(STEP)
    to_auction(lab)
    lab.do(STEP)
    lab.order(submit(2, BUY, 239, 1))
    to_auction(lab)
    assert lab.lots(0) == 99
    assert EventKind.SLICE_OFFERED in kinds(lab.do(STEP))
    assert lab.core.account(0)[at.ACCOUNT_STALLED_STEPS] == 0


def test_the_limit_is_the_bankruptcy_price() -> None:
    lab = in_default()
    lab.order(submit(2, BUY, 231, 100))
    offered = next(row for row in lab.do(STEP) if row[at.EVENT_KIND] == EventKind.SLICE_OFFERED)
    # 6,200 $ of equity on 100 lots of 7.30 $ a tick: 8 ticks below the mark, and not 8.5.
    assert (offered[at.EVENT_SIDE], offered[at.EVENT_PRICE_TICKS]) == (SELL, 232)
    assert kinds(to_auction(lab)) == [EventKind.CANCELLED]


def test_who_becomes_whole_meanwhile_has_the_offer_back() -> None:
    lab = in_default()
    lab.order(submit(2, BUY, 239, 60))
    lab.do(STEP)
    lab.do(Command(CommandKind.TRANSFER, 0, amount_micros=10**6 * USD))
    assert status(lab) == AccountStatus.SOUND
    assert default.due(lab.core, lab.ts_ns) == [0]
    assert kinds(lab.do(STEP)) == [EventKind.CANCELLED]
    assert default.due(lab.core, lab.ts_ns) == []
    to_auction(lab)
    assert lab.lots(0) == 100


def test_an_offer_shrinks_with_the_position() -> None:
    """Else a trade that is busted before the auction would leave an offer that turns the position."""
    lab = in_default()
    lab.order(submit(2, BUY, 239, 300))
    lab.do(STEP)
    events = lab.do(Command(CommandKind.BUST, order_id=1))
    assert lab.lots(0) == 0
    assert EventKind.CANCELLED in kinds(events)
    to_auction(lab)
    assert lab.lots(0) == 0
    assert invariants.violations(lab.core) == []


def test_a_halt_counts_as_no_step_and_the_close_out_goes_on_behind_it() -> None:
    lab = in_default()
    lab.do(STEP)
    lab.do(Command(CommandKind.SET_STATE, instrument=0, qty_lots=State.HALTED))
    assert default.due(lab.core, lab.ts_ns + 10**6) == []
    lab.do(Command(CommandKind.SET_STATE, instrument=0, qty_lots=State.OPEN))
    lab.order(submit(2, BUY, 239, 60))
    lab.ts_ns += 2_000
    assert EventKind.SLICE_OFFERED in kinds(lab.do(STEP))
    to_auction(lab)
    assert lab.lots(0) == 75


def test_a_snapshot_keeps_what_waits() -> None:
    lab = in_default()
    lab.order(submit(2, BUY, 239, 60))
    lab.do(STEP)
    again = snapshot.restore(snapshot.take(lab.core))
    assert snapshot.digest(again) == lab.digest
    assert again.offers == lab.core.offers
    assert list(again.offers) == [0]
    lab.core.offers.clear()
    assert snapshot.digest(again) != lab.digest
