"""Default management: the written example, the rules one by one, random stories, and a thousand accounts."""

from __future__ import annotations

import os
import re
from pathlib import Path

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange.core import default, invariants, snapshot
from exchange.core import layout as at
from exchange.core.commands import Command
from exchange.core.core import Core
from exchange.core.default_terms import DefaultTerms
from exchange.core.layout import AccountStatus, CommandKind, EventKind, Layer, Reason, State
from tests.exchange.core.lab import (
    BUY,
    IOC,
    SELL,
    USD,
    Lab,
    joined,
    opening,
    perpetual,
    spec,
    submit,
)
from tests.exchange.core.model import Model

STEP = Command(CommandKind.CLOSE_OUT)
FREE = {"maker_fee_micros": 0, "taker_fee_micros": 0}
STORIES = int(os.environ.get("CORE_EXAMPLES", "24"))


def set_terms(lab: Lab, call_ns: int = 0, **terms: int) -> None:
    text = msgspec.json.encode(DefaultTerms(**terms)).decode()
    lab.do(Command(CommandKind.SET_MARGIN_TERMS, amount_micros=call_ns, text=text))


def mark(lab: Lab, ticks: int, instrument: int = 0) -> list[list[int]]:
    return lab.do(Command(CommandKind.MARK, instrument=instrument, price_ticks=ticks))


def fund(layer: int, usd: int, account: int = -1) -> Command:
    return Command(CommandKind.FUND_LAYER, account, qty_lots=layer, amount_micros=usd * USD)


def kinds(events: list[list[int]]) -> list[EventKind]:
    return [EventKind(row[at.EVENT_KIND]) for row in events]


def status(lab: Lab, account: int = 0) -> AccountStatus:
    return AccountStatus(int(lab.core.account(account)[at.ACCOUNT_STATUS]))


def in_default(**changes: object) -> Lab:
    """A lab whose account 0 is long 100 lots and called, with nothing left to lose but 6,200 $."""
    lab = Lab(spec(**{**FREE, **changes}), deposits=(50_000 * USD, 10**6 * USD, 10**6 * USD))
    set_terms(lab, step_ns=1, patience_steps=1, deleveraging_steps=2)
    lab.trade(0, 1, 300, 100)
    mark(lab, 240)
    assert status(lab) == AccountStatus.CALLED
    return lab


def written_rows(checkout: Path) -> list[list[str]]:
    """The rows of the example's table."""
    text = (checkout / "docs/clearing/default.md").read_text(encoding="utf-8")
    table = text.split("## An example")[1]
    rows = re.findall(r"^\| (.+) \|$", table, re.MULTILINE)
    return [[cell.strip() for cell in row.split("|")] for row in rows[1:]]


def test_the_written_example(checkout: Path) -> None:
    terms = spec(**FREE, contract_hours=100)
    lab = Lab(terms, deposits=(1_000 * USD, 10_000 * USD, 10_000 * USD))
    set_terms(lab, slice_ppm=250_000, step_ns=1, patience_steps=1, deleveraging_steps=2)
    lab.do(fund(Layer.INSURANCE, 20), fund(Layer.HOUSE, 10), fund(Layer.DEFAULT_FUND, 30, 2))
    acts = {
        "the trade": lambda: lab.trade(0, 1, 300, 10),
        "mark": lambda ticks: mark(lab, int(ticks)),
        "Cy bids": lambda lots, _, ticks: lab.order(submit(2, BUY, int(ticks), int(lots))),
        "step": lambda _: lab.do(STEP),
    }
    rows = written_rows(checkout)
    assert len(rows) == 12
    for after, *written in rows:
        for act in after.split("; "):
            verb = next(verb for verb in acts if act.startswith(verb))
            acts[verb](*act.removeprefix(verb).split())
        layers = (at.VENUE_INSURANCE_MICROS, at.VENUE_HOUSE_MICROS, at.VENUE_DEFAULT_FUND_MICROS)
        found = [
            int(lab.core.instrument(0)[at.INSTRUMENT_MARK_TICKS]),
            lab.lots(0),
            *(lab.cash(account) // USD for account in range(3)),
            *(int(lab.core.venue[counter]) // USD for counter in layers),
        ]
        assert [str(number) for number in found] == written, after
        assert invariants.violations(lab.core) == []
    assert status(lab) == AccountStatus.SOUND
    assert kinds(lab.events).count(EventKind.CLOSING_OUT) == 2


def test_a_call_that_still_runs_is_left_alone_unless_an_operator_says_so() -> None:
    lab = Lab(spec(**FREE), deposits=(50_000 * USD, 10**6 * USD))
    set_terms(lab, call_ns=10**9)
    lab.trade(0, 1, 300, 100)
    mark(lab, 240)
    deadline = int(lab.core.account(0)[at.ACCOUNT_DEADLINE_NS])
    assert default.due(lab.core, deadline - 1) == []
    assert default.due(lab.core, deadline) == [0]
    digest = lab.timeless_digest
    assert lab.do(STEP) == []
    assert lab.reason(Command(CommandKind.CLOSE_OUT, 0)) == Reason.NOT_DUE
    assert lab.reason(Command(CommandKind.CLOSE_OUT, 1)) == Reason.NOT_DUE
    assert lab.reason(Command(CommandKind.CLOSE_OUT, 1, qty_lots=1)) == Reason.NOT_DUE
    assert lab.reason(Command(CommandKind.CLOSE_OUT, 2)) == Reason.UNKNOWN_ACCOUNT
    assert lab.reason(Command(CommandKind.CLOSE_OUT, -2)) == Reason.UNKNOWN_ACCOUNT
    assert lab.reason(Command(CommandKind.CLOSE_OUT, 0, qty_lots=2)) == Reason.INVALID_QTY
    assert lab.reason(Command(CommandKind.CLOSE_OUT, -1, qty_lots=1)) == Reason.INVALID_QTY
    assert lab.timeless_digest == digest
    events = lab.do(Command(CommandKind.CLOSE_OUT, 0, qty_lots=1))
    assert kinds(events) == [EventKind.CLOSING_OUT] * 2
    assert events[0][at.EVENT_RESTING_FEE_MICROS] == lab.cash(0) == 6_200 * USD
    assert events[1][at.EVENT_QTY_LOTS] == 100
    assert events[1][at.EVENT_PRICE_TICKS] == 240


def test_a_close_out_waits_between_steps() -> None:
    lab = in_default()
    set_terms(lab, step_ns=10_000)
    lab.do(STEP)
    due_ns = int(lab.core.account(0)[at.ACCOUNT_DEADLINE_NS])
    assert due_ns == lab.ts_ns + 10_000
    assert lab.do(STEP) == []
    assert lab.reason(Command(CommandKind.CLOSE_OUT, 0)) == Reason.NOT_DUE
    lab.ts_ns = due_ns
    assert default.due(lab.core, lab.ts_ns) == [0]


def test_cancelling_its_orders_may_make_an_account_whole() -> None:
    lab = in_default()
    lab.do(STEP)
    lab.do(Command(CommandKind.TRANSFER, 0, amount_micros=28_839 * USD))
    # 35,040 $ are needed, 35,039 are there.
    assert status(lab) == AccountStatus.CLOSING_OUT
    lab.do(Command(CommandKind.TRANSFER, 0, amount_micros=USD))
    assert status(lab) == AccountStatus.SOUND
    lab.order(submit(0, SELL, 250, 100))
    mark(lab, 202)
    assert status(lab) == AccountStatus.CALLED
    events = lab.do(STEP)
    assert kinds(events)[:3] == [
        EventKind.CLOSING_OUT,
        EventKind.CLOSING_OUT,
        EventKind.CANCELLED,
    ]
    assert lab.core.account(0)[at.ACCOUNT_ORDERS] == 0


def test_a_step_closes_no_more_than_makes_it_whole() -> None:
    lab = in_default(taker_fee_micros=5 * USD)
    set_terms(lab, slice_ppm=1_000_000, step_ns=1)
    lab.order(submit(2, BUY, 240, 500))
    lab.do(STEP)
    assert status(lab) == AccountStatus.SOUND
    lots = lab.lots(0)
    assert 0 < lots < 100
    # One lot more would have needed 350.40 $ more margin and paid 5 $ less in fees.
    excess = lab.cash(0) - lab.initial(0)
    assert 0 <= excess < 345_400_000
    assert invariants.violations(lab.core) == []


@pytest.mark.parametrize(("bid", "filled"), [(232, 25), (231, 0)])
def test_nothing_is_sold_below_the_bankruptcy_price_before_a_layer_may_pay(
    bid: int, filled: int
) -> None:
    lab = in_default()
    lab.do(fund(Layer.INSURANCE, 10**5))
    lab.order(submit(2, BUY, bid, 500))
    events = lab.do(STEP)
    assert lab.lots(0) == 100 - filled
    assert (EventKind.ACCEPTED in kinds(events)) == (filled > 0)
    events = lab.do(STEP)
    # Patience is one step: now the insurance pays what is beyond 62 $ a lot.
    if filled == 0:
        assert lab.lots(0) == 75
        paid = [row for row in events if row[at.EVENT_KIND] == EventKind.LAYER_PAID]
        assert [row[at.EVENT_RESTING_FEE_MICROS] for row in paid] == [
            25 * (9 * 7_300_000 - 62_000_000)
        ]


def test_the_band_bounds_every_price() -> None:
    lab = in_default(band_ppm=10_000)
    lab.do(fund(Layer.INSURANCE, 10**6))
    lab.order(submit(2, BUY, 238, 500))
    for _ in range(4):
        lab.do(STEP)
    sold = [row for row in lab.events if row[at.EVENT_KIND] == EventKind.EXECUTED][1:]
    assert sold
    assert {row[at.EVENT_PRICE_TICKS] for row in sold} == {238}


def test_a_halted_instrument_waits_and_another_is_closed_meanwhile() -> None:
    lab = Lab(spec(**FREE), perpetual(**FREE), deposits=(60_000 * USD, 10**6 * USD, 10**6 * USD))
    set_terms(lab, step_ns=1)
    lab.trade(0, 1, 300, 100)
    lab.trade(0, 1, 3_000, 5_000, instrument=1)
    mark(lab, 240)
    lab.do(Command(CommandKind.SET_STATE, instrument=0, qty_lots=State.HALTED))
    lab.order(submit(2, BUY, 3_000, 10_000, instrument=1))
    before = lab.lots(0, 1)
    lab.do(STEP)
    assert lab.lots(0) == 100
    assert lab.lots(0, 1) < before
    lab.do(Command(CommandKind.SET_STATE, instrument=1, qty_lots=State.HALTED))
    assert default.due(lab.core, lab.ts_ns + 10) == []
    digest = lab.timeless_digest
    assert lab.do(STEP) == []
    assert lab.timeless_digest == digest
    lab.do(Command(CommandKind.SET_STATE, instrument=0, qty_lots=State.OPEN))
    assert default.due(lab.core, lab.ts_ns + 10) == [0]
    assert invariants.violations(lab.core) == []


def test_an_instrument_past_its_last_instant_waits_for_its_settlement() -> None:
    lab = in_default(expiry_ns=10**6)
    assert default.is_traded(lab.core, 0, 10**6 - 1)
    assert not default.is_traded(lab.core, 0, 10**6)
    lab.do(STEP)
    lab.ts_ns = 10**6
    assert default.due(lab.core, lab.ts_ns) == []
    lab.do(Command(CommandKind.SETTLE, instrument=0, amount_micros=2_000_000))
    # 200 ticks are 29,200 $ less than 240: a debt of 23,000 $.
    assert lab.cash(0) == -23_000 * USD
    assert default.due(lab.core, lab.ts_ns) == []
    lab.do(fund(Layer.INSURANCE, 30_000))
    lab.do(STEP)
    assert lab.cash(0) == 0
    assert status(lab) == AccountStatus.SOUND
    assert int(lab.core.venue[at.VENUE_INSURANCE_MICROS]) == 7_000 * USD


def test_a_command_takes_so_many_accounts_further_and_the_next_the_others() -> None:
    lab = Lab(spec(**FREE), deposits=(10**9 * USD,))
    count = default.STEPS_PER_COMMAND + 10
    lab.do(*(opening(f"account {n}", 500 * USD) for n in range(count)))
    for account in range(1, count + 1):
        lab.trade(account, 0, 300, 1)
    mark(lab, 250)
    first = lab.do(STEP)
    begun = [row[at.EVENT_ACCOUNT] for row in first if row[at.EVENT_INSTRUMENT] == -1]
    assert begun == list(range(1, default.STEPS_PER_COMMAND + 1))
    second = lab.do(STEP)
    begun = [row[at.EVENT_ACCOUNT] for row in second if row[at.EVENT_INSTRUMENT] == -1]
    assert begun == list(range(default.STEPS_PER_COMMAND + 1, count + 1))
    assert lab.do(STEP) == []


def story(seed: int, length: int) -> Lab:
    """A market of quotes, big trades, crashes and close-outs; laws and a naive clearing house after each."""
    random = np.random.default_rng(seed)
    deposits = (9_000, 30_000, 60_000, 100_000, 400_000, 10**7)
    lab = Lab(spec(), perpetual(), deposits=tuple(usd * USD for usd in deposits))
    model = Model()
    for _ in range(length):
        account, other, instrument, size = (
            int(n) for n in random.integers([0, 0, 0, 1], [6, 6, 2, 40])
        )
        ticks = int(lab.core.instrument(instrument)[at.INSTRUMENT_MARK_TICKS])
        lots = size * (1, 250)[instrument]
        near = max(1, ticks + int(random.integers(-6, 7)))
        match int(random.integers(0, 20)):
            case 0 | 1 | 2 | 3:
                side = int(random.integers(0, 2))
                lab.do(submit(other, 1 - side, near, lots, instrument=instrument))
                lab.do(submit(account, side, near, lots, instrument=instrument, tif=IOC))
            case 4 | 5 | 6:
                lab.do(submit(account, size % 2, near, lots, instrument=instrument))
            case 7:
                reduces = at.Instruction.REDUCE_ONLY
                order = submit(account, size % 2, near, lots, instrument=instrument)
                lab.do(order._replace(instructions=int(reduces)))
            case 8 | 9 | 10:
                mark(lab, max(1, ticks * int(random.integers(70, 135)) // 100), instrument)
            case 11:
                layer = Layer.DEFAULT_FUND if account % 2 else Layer(2 * (size % 2))
                usd = int(random.integers(-500, 5_000))
                lab.do(fund(layer, usd, other if account % 2 else -1))
            case 12:
                set_terms(
                    lab,
                    call_ns=size * 100,
                    slice_ppm=int(random.integers(1, 10**6)),
                    step_ns=size * 50,
                    patience_steps=size % 3,
                    deleveraging_steps=size % 3 + account % 2,
                )
            case 13:
                state = State.HALTED if size % 3 == 0 else State.OPEN
                lab.do(Command(CommandKind.SET_STATE, instrument=instrument, qty_lots=state))
            case 14:
                amount = int(random.integers(-10_000, 20_000)) * USD
                lab.do(Command(CommandKind.TRANSFER, account, amount_micros=amount))
            case 15:
                lab.do(Command(CommandKind.CLOSE_OUT, account, qty_lots=size % 2))
            case _:
                lab.do(STEP)
        assert invariants.violations(lab.core) == []
        model.feed(lab.events, lab.core.specs)
        model.compare(lab.core)
        lab.events = []
    return lab


@settings(max_examples=STORIES)
@given(st.integers(0, 2**32 - 1))
def test_stories_of_defaults_keep_every_law(seed: int) -> None:
    lab = story(seed, 120)
    replayed = Core()
    replayed.apply(joined(lab.batches))
    assert snapshot.digest(replayed) == lab.digest
    middle = len(lab.batches) // 2
    restored = Core()
    for batch in lab.batches[:middle]:
        restored.apply(batch)
    restored = snapshot.restore(snapshot.take(restored))
    for batch in lab.batches[middle:]:
        restored.apply(batch)
    assert snapshot.digest(restored) == lab.digest


def test_the_stories_tell_of_every_way_a_default_may_go() -> None:
    told: set[int] = set()
    layers: set[int] = set()
    ways = {EventKind.MARGIN_CALLED, EventKind.CLOSING_OUT, EventKind.CALL_MET}
    ways |= {EventKind.LAYER_PAID, EventKind.DELEVERAGED}
    for seed in range(12):
        core = Core()
        for row in core.apply(joined(story(seed, 120).batches)).tolist():
            told.add(row[at.EVENT_KIND])
            if row[at.EVENT_KIND] == EventKind.LAYER_PAID:
                layers.add(row[at.EVENT_TAG])
        if ways <= told and Layer.DEFAULT_FUND in layers:
            break
    assert ways <= told
    assert Layer.DEFAULT_FUND in layers
