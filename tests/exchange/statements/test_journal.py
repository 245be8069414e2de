"""The journal through days in which everything happens: each balance from its postings, to the last digit."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from exchange.core import layout as at
from exchange.core.commands import Batch, Command, batch_of
from exchange.core.core import Core
from exchange.core.layout import CommandKind
from exchange.replica import Replica
from exchange.statements.journal import Journal
from exchange.statements.postings import PostingKind
from exchange.statements.statement import Statement
from exchange.views.trades import FillKind
from marketdata.days import NS_PER_DAY
from tests.exchange.core.intents import EXAMPLES, concrete, many
from tests.exchange.core.lab import BUY, USD, Lab, spec, submit
from tests.exchange.statements.story import DEPOSIT, FIRST_DAY, end_day, mark, whole

TICK = 7_300_000
DATED, PERPETUAL = "GPU1-31DEC26", "H100-PERPETUAL"


def replayed(batches: list[Batch]) -> tuple[Replica, list[list[Statement]]]:
    """A replica after these batches, and the statements that it made on the way."""
    replica, made = Replica(), []
    for batch in batches:
        day = int(replica.core.venue[at.VENUE_DAY])
        replica.apply(batch)
        if int(replica.core.venue[at.VENUE_DAY]) != day:
            made.append(replica.views.journal.latest)
    return replica, made


def lines(statement: Statement) -> dict[tuple[str, str], int]:
    """Amounts by kind and instrument."""
    return {(p.kind.value, p.instrument): p.amount_micros for p in statement.postings}


def test_three_days_by_hand() -> None:
    _, made = replayed(whole().batches)
    first, second, third = ([lines(each) for each in day] for day in made)
    assert first[0] == {
        ("deposit", ""): DEPOSIT + 507 * USD,
        ("fee", DATED): -50 * USD,
        ("fee", PERPETUAL): -200 * 200,
        ("variation", DATED): 30 * TICK,
        ("variation", PERPETUAL): 200 * 10 * 1_000,
        ("funding", PERPETUAL): 200 * 7_000,
    }
    assert first[1] == {
        ("deposit", ""): DEPOSIT,
        ("withdrawal", ""): -200 * USD,
        ("fee", DATED): -20 * USD,
        ("fee", PERPETUAL): -200 * 1_000,
        ("variation", DATED): -30 * TICK,
        ("variation", PERPETUAL): -200 * 10 * 1_000,
        ("funding", PERPETUAL): -200 * 7_000,
    }
    # The block, sold at 306 and undone at a mark of 308, is worth nothing in the end; ten lots gain
    # three ticks; the seller of the first trade gets one tick less of what was paid.
    assert second[0] == {
        ("deposit", ""): 14 * USD,
        ("move", ""): -1_000 * USD,
        ("fee", DATED): 0,
        ("correction", DATED): -10 * TICK + 8 * TICK,
        ("variation", DATED): 30 * TICK - 8 * TICK,
    }
    assert second[1][("correction", DATED)] == 2 * TICK
    assert third[0] == {
        ("deposit", ""): 14 * USD,
        ("settlement_fee", DATED): -10 * USD,
        ("variation", DATED): 20 * TICK,
    }
    closing = [[each.closing_micros for each in day] for day in made]
    opening = [[each.opening_micros for each in day] for day in made]
    assert opening == [[0, 0], *closing[:2]]
    assert [day[0].day - FIRST_DAY for day in made] == [0, 1, 2]
    assert [held.lots for held in made[2][0].positions] == [-200]


def test_entries_tell_each_change_that_is_no_fill() -> None:
    replica, _ = replayed(whole().batches)
    journal = replica.views.journal
    kinds = [entry.kind for entry in journal.entries(1)]
    assert kinds.count(PostingKind.FEE) == 2  # the block's, and its return
    assert kinds.count(PostingKind.SETTLEMENT_FEE) == 1
    assert kinds.count(PostingKind.CORRECTION) == 2
    fills = [one for one in replica.views.trades.fills(1) if one.kind == FillKind.ORDER]
    told = sum(entry.amount_micros for entry in journal.entries(1))
    told -= sum(fill.fee_micros for fill in fills)
    assert len(fills) == 2
    # Variation contains corrections in the core; the journal tells them apart, so nothing counts twice.
    assert told == int(replica.core.account(1)[at.ACCOUNT_CASH_MICROS])


def test_a_restored_journal_goes_on_as_the_live_one() -> None:
    batches = whole().batches
    live, made = replayed(batches)
    for k in range(0, len(batches), 3):
        one, _ = replayed(batches[:k])
        other = Replica()
        other.load(one.snapshot())
        for batch in batches[k:]:
            other.apply(batch)
        assert other.views.journal.snapshot() == live.views.journal.snapshot()
        assert other.views.journal.latest == made[-1]


def test_what_a_default_cost_others_stands_in_the_defaulter_s_statement() -> None:
    lab = Lab(spec(), deposits=(4_450 * USD, 10**6 * USD, 10**6 * USD))
    lab.trade(0, 1, 300, 10)
    lab.do(Command(CommandKind.FUND_LAYER, qty_lots=2, amount_micros=50_000 * USD))
    lab.do(mark(200))
    lab.order(submit(2, BUY, 199, 50))
    while not (paid := int(lab.core.account(0)[at.ACCOUNT_RELIEF_MICROS])):
        lab.ts_ns += 10**12
        lab.do(Command(CommandKind.CLOSE_OUT, -1))
        assert lab.ts_ns < 10**14
    lab.ts_ns += NS_PER_DAY
    lab.do(end_day(1))
    replica, (made,) = replayed(lab.batches)
    assert lines(made[0])["relief", ""] == paid > 0
    assert made[0].closing_micros == lab.cash(0)
    assert made[0].status == "closing_out"
    assert [entry.kind for entry in replica.views.journal.entries(0)][-1] == PostingKind.RELIEF


def test_a_day_that_does_not_add_up_ends_all_the_same(caplog: pytest.LogCaptureFixture) -> None:
    lab = whole()
    replica, _ = replayed(lab.batches)
    replica.core.accounts[1, at.ACCOUNT_CASH_MICROS] += 1
    lab.core = replica.core
    lab.ts_ns += NS_PER_DAY
    replica.apply(batch_of([end_day(FIRST_DAY + 3)], replica.core.seq + 1, lab.ts_ns))
    assert "alice.desk: postings of cash" in caplog.text
    assert replica.views.journal.latest == []
    replica.apply(batch_of([end_day(FIRST_DAY + 4)], replica.core.seq + 1, lab.ts_ns))
    assert [each.postings for each in replica.views.journal.latest] == [[], []]


def test_only_so_many_entries_are_kept() -> None:
    journal, core = Journal(limit=2), Core()
    for batch in whole().batches:
        rows = core.apply(batch).tolist()
        for row in rows:
            if row[at.EVENT_KIND] == at.EventKind.INSTRUMENT_LISTED:
                journal.list_instrument(core.specs[row[at.EVENT_INSTRUMENT]])
        journal.apply(rows)
    assert len(journal.entries(0)) == 2
    assert journal.entries(7) == ()


@settings(max_examples=max(EXAMPLES // 4, 4))
@given(many)
def test_every_balance_of_a_random_day_explains_itself(intents: list) -> None:
    lab = concrete(intents)
    lab.ts_ns += 10**15
    lab.do(end_day(11))
    replica, made = replayed(lab.batches)
    closing = [each.closing_micros for each in made[-1]]
    assert closing == replica.core.accounts[: len(closing), at.ACCOUNT_CASH_MICROS].tolist()
    assert made[-1][0].day == 11
    for each in made[-1]:
        moved = sum(posting.amount_micros for posting in each.postings)
        assert each.opening_micros + moved == each.closing_micros
    # What accounts paid in fees, busts and give-ups counted, is what the venue earned.
    fees = (PostingKind.FEE, PostingKind.SETTLEMENT_FEE)
    lines_of_fees = [p for day in made for each in day for p in each.postings if p.kind in fees]
    earned = int(replica.core.venue[at.VENUE_FEES_MICROS])
    assert -sum(posting.amount_micros for posting in lines_of_fees) == earned
