"""Random commands: laws after each, a naive clearing house beside, one history in any batches."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.core import invariants, snapshot
from exchange.core import layout as at
from exchange.core.commands import Batch, Command, batch_of
from exchange.core.core import Core, SequenceError
from exchange.core.layout import CommandKind, EventKind, Reason
from tests.exchange.core.intents import accepted_ids, bounded, concrete, many, market
from tests.exchange.core.lab import (
    BUY,
    SELL,
    USD,
    Lab,
    cut,
    joined,
    opening,
    reason_of,
    spec,
    submit,
)
from tests.exchange.core.model import Model

HOT = (
    CommandKind.SUBMIT,
    CommandKind.CANCEL,
    CommandKind.AMEND,
    CommandKind.CANCEL_ALL,
    CommandKind.ADVANCE,
    CommandKind.MASS_QUOTE,
)
LINKED_ORDER = Reason.LINKED_ORDER
ENTERS = (EventKind.ACCEPTED, EventKind.ACTIVATED)


def excesses(lab: Lab) -> list[int]:
    """What each account has over its initial margin, if no fees were paid."""
    rows = lab.core.accounts[: len(lab.core.account_names)].tolist()
    return [
        row[at.ACCOUNT_CASH_MICROS] + row[at.ACCOUNT_FEES_MICROS] - row[at.ACCOUNT_INITIAL_MICROS]
        for row in rows
    ]


@bounded
@given(many)
def test_every_law_holds_after_every_command(intents: list) -> None:
    lab = market()
    model = Model()
    model.feed(lab.events, lab.core.specs)
    model.compare(lab.core)
    order_ids: list[int] = []
    for intent in intents:
        commands = intent.commands(lab, order_ids)
        former, seq, before = lab.timeless_digest, lab.core.seq, excesses(lab)
        events = lab.do(*commands)
        order_ids += accepted_ids(events)
        assert invariants.violations(lab.core) == []
        assert lab.core.seq == seq + len(commands)
        assert {row[at.EVENT_SEQ] for row in events} <= set(range(seq + 1, lab.core.seq + 1))
        assert {row[at.EVENT_TS_NS] for row in events} <= {lab.ts_ns}
        rejections = [row for row in events if row[at.EVENT_KIND] == EventKind.REJECTED]
        for row in rejections:
            assert Reason.NONE < row[at.EVENT_TAG] < Reason.REQUESTED
        if rejections and rejections[0][at.EVENT_SEQ] == seq + 1:
            # The command itself is refused, not an entry of a mass quote. Nothing else has happened
            # but that orders ended by time, before it.
            others = events[: -len(rejections)]
            assert {row[at.EVENT_TAG] for row in others} <= {Reason.ORDER_EXPIRED, LINKED_ORDER}
            assert others or lab.timeless_digest == former
        model.feed(events, lab.core.specs)
        model.compare(lab.core)
        if commands[0].kind in HOT:
            # Nobody's margin gets worse by what another does, fees apart: working orders were at worst.
            entered = {r[at.EVENT_ACCOUNT] for r in events if r[at.EVENT_KIND] in ENTERS}
            for account, (old, new) in enumerate(zip(before, excesses(lab), strict=True)):
                assert account in {commands[0].account, *entered} or new >= old


@bounded
@given(many, st.lists(st.integers(1, 30), max_size=20))
def test_batches_cut_anywhere_give_one_history(intents: list, sizes: list[int]) -> None:
    lab = concrete(intents)
    rows = joined(lab.batches)
    other = Core()
    events = [row for part in cut(rows, sizes) for row in other.apply(part).tolist()]
    assert events == lab.events
    assert snapshot.digest(other) == lab.digest
    whole = Core()
    assert whole.apply(rows).tolist() == lab.events
    assert snapshot.digest(whole) == lab.digest


@bounded
@given(many)
def test_orders_never_go_missing(intents: list) -> None:
    lab = concrete(intents)
    ordered: dict[int, int] = {}
    filled: dict[int, int] = {}
    cancelled: dict[int, int] = {}
    for row in lab.events:
        order_id, qty = row[at.EVENT_ORDER_ID], row[at.EVENT_QTY_LOTS]
        if row[at.EVENT_KIND] == EventKind.ACCEPTED:
            ordered[order_id] = qty
        elif row[at.EVENT_KIND] in (EventKind.EXECUTED, EventKind.UNCROSSED):
            for traded in (order_id, row[at.EVENT_RESTING_ORDER_ID]):
                filled[traded] = filled.get(traded, 0) + qty
        elif row[at.EVENT_KIND] == EventKind.CANCELLED or row[at.EVENT_KIND] == EventKind.REDUCED:
            cancelled[order_id] = cancelled.get(order_id, 0) + qty
        elif row[at.EVENT_KIND] == EventKind.AMENDED:
            ordered[order_id] = filled.get(order_id, 0) + cancelled.get(order_id, 0) + qty
    for order_id, total in ordered.items():
        live = lab.core.books.order(order_id)
        leaves = live.leaves_lots if live else 0
        assert filled.get(order_id, 0) + leaves + cancelled.get(order_id, 0) == total
    assert len(ordered) == len(set(ordered))


def seeded_lab(seed: int, count: int) -> Lab:
    """A busy market from a seed, without Hypothesis, so that other processes can build it too."""
    rng = np.random.default_rng(seed)
    lab = market()
    for _ in range(count):
        account, side, offset = (int(x) for x in rng.integers([0, 0, -9], [4, 2, 10]))
        draw = int(rng.integers(0, 20))
        if draw == 0:
            lab.do(Command(CommandKind.MARK, price_ticks=0))
        elif draw == 1:
            lab.do(Command(CommandKind.CANCEL_ALL, account, -1))
        else:
            instrument = int(rng.integers(0, 2))
            price = (300, 3_000)[instrument] + offset
            label = f"{draw}-{int(rng.integers(0, 40))}" if draw < 10 else ""
            lab.do(submit(account, side, price, draw, instrument=instrument, label=label))
    return lab


def test_another_hash_seed_gives_the_same_digest(checkout: Path) -> None:
    script = (
        "from tests.exchange.core.test_core import seeded_lab; print(seeded_lab(7, 300).digest)"
    )
    digests = set()
    for hash_seed in ("0", "4242"):
        outcome = subprocess.run(
            [sys.executable, "-c", script],
            cwd=checkout,
            env={**os.environ, "PYTHONHASHSEED": hash_seed},
            capture_output=True,
            text=True,
            timeout=120,
            check=True,
        )
        digests.add(outcome.stdout.strip())
    assert digests == {seeded_lab(7, 300).digest}


def test_a_batch_out_of_sequence_changes_nothing() -> None:
    lab = Lab(spec(), deposits=(USD,))
    seq, digest = lab.core.seq, lab.digest
    command = submit(0, BUY, 300, 1)
    for first_seq in (seq, seq + 2, 0):
        with pytest.raises(SequenceError, match=f"expected seq {seq + 1}"):
            lab.core.apply(batch_of([command], first_seq, lab.ts_ns))
    gap = batch_of([command, command], seq + 1, lab.ts_ns)
    gap.rows[1, at.COMMAND_SEQ] += 1
    with pytest.raises(SequenceError):
        lab.core.apply(gap)
    with pytest.raises(SequenceError, match="time goes back"):
        lab.core.apply(batch_of([command], seq + 1, lab.ts_ns - 1))
    backwards = batch_of([command, command], seq + 1, lab.ts_ns)
    backwards.rows[0, at.COMMAND_TS_NS] += 1
    with pytest.raises(SequenceError, match="time goes back"):
        lab.core.apply(backwards)
    assert lab.digest == digest
    assert lab.core.apply(Batch(command_rows(), {})).shape == (0, at.EVENT_COLUMNS)
    assert lab.digest == digest


def command_rows() -> np.ndarray:
    """No command rows at all."""
    return np.zeros((0, at.COMMAND_COLUMNS), np.int64)


def test_the_caller_s_batch_is_left_alone() -> None:
    lab = Lab(spec(), deposits=(10_000 * USD,))
    command = submit(0, BUY, 300, 1, label="x")._replace(order_id=77)
    batch = batch_of([command, command], lab.core.seq + 1, lab.ts_ns)
    rows = batch.rows.copy()
    lab.core.apply(batch)
    assert (batch.rows == rows).all()


def test_the_pool_and_the_accounts_grow_under_load() -> None:
    lab = Lab(spec())
    lab.do(*(opening(f"account {i}", 10**12, 3_000) for i in range(40)))
    lab.do(*(submit(i % 40, BUY, 290 - i % 17, 1) for i in range(3_000)))
    assert lab.core.books.live == 3_000
    assert invariants.violations(lab.core) == []
    events = lab.do(*(Command(CommandKind.CANCEL_ALL, i, 0) for i in range(40)))
    assert len(events) == 3_000
    assert lab.core.books.live == 0
    assert invariants.violations(lab.core) == []


def test_commands_of_any_kind_are_told_to_be_unknown() -> None:
    lab = Lab(spec(), deposits=(USD,))
    digest = lab.timeless_digest
    for kind in (0, -1, CommandKind.LINKED, 8, 31, 49, 1 << 40, -(1 << 63)):
        assert lab.reason(Command(kind, 0, 0)) == Reason.UNKNOWN_COMMAND
    assert lab.timeless_digest == digest


def test_a_core_without_instruments_or_accounts_answers() -> None:
    lab = Lab()
    assert lab.reason(submit(0, SELL, 1, 1)) == Reason.UNKNOWN_ACCOUNT
    assert lab.reason(Command(CommandKind.CANCEL_ALL, 0, -1)) == Reason.UNKNOWN_ACCOUNT
    assert reason_of(lab.do(Command(CommandKind.MARK))) == Reason.NONE
    assert lab.core.seq == 3
