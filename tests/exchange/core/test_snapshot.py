"""Snapshots: any of them and the rest of the log give the live state, and digests tell states apart."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings

from exchange.core import layout as at
from exchange.core import snapshot
from exchange.core.commands import Command
from exchange.core.core import RULES_VERSION, Core
from exchange.core.layout import CommandKind
from exchange.core.snapshot import RulesVersionError
from tests.exchange.core.intents import EXAMPLES, concrete, many
from tests.exchange.core.lab import BUY, USD, Lab, opening, perpetual, spec, submit


@settings(max_examples=max(EXAMPLES // 4, 4))
@given(many)
def test_any_snapshot_and_the_tail_give_the_live_state(intents: list) -> None:
    lab = concrete(intents)
    core = Core()
    position = 0
    for k, batch in enumerate(lab.batches):
        # Every k in turn: the core that goes on is itself a restored one, so errors would add up.
        raw = snapshot.take(core)
        core = snapshot.restore(raw)
        assert snapshot.take(core) == raw, k
        events = core.apply(batch).tolist()
        assert events == lab.events[position : position + len(events)]
        position += len(events)
    assert position == len(lab.events)
    assert snapshot.digest(core) == lab.digest
    middle = Core()
    for batch in lab.batches[: len(lab.batches) // 2]:
        middle.apply(batch)
    middle = snapshot.restore(snapshot.take(middle))
    for batch in lab.batches[len(lab.batches) // 2 :]:
        middle.apply(batch)
    assert snapshot.take(middle) == snapshot.take(lab.core)


def test_a_snapshot_is_apart_from_the_core_it_was_taken_of() -> None:
    lab = Lab(spec(), perpetual(), deposits=(10**6 * USD,))
    raw, digest = snapshot.take(lab.core), lab.digest
    restored = snapshot.restore(raw)
    lab.do(submit(0, BUY, 290, 1, label="x"))
    assert snapshot.digest(restored) == digest != lab.digest
    assert restored.labels == [{}]


def test_a_restored_core_has_room_to_grow() -> None:
    lab = Lab(spec(), deposits=(10**6 * USD,) * 15)
    core = snapshot.restore(snapshot.take(lab.core))
    lab.core = core
    lab.do(*(opening(f"more {i}", USD) for i in range(40)))
    assert len(core.account_names) == 55
    lab.do(submit(54, BUY, 290, 1), Command(CommandKind.TRANSFER, 54, amount_micros=USD))
    assert core.account(54)[at.ACCOUNT_CASH_MICROS] == 2 * USD


def test_the_digest_sees_every_part_of_the_state() -> None:
    lab = Lab(spec(), perpetual(), deposits=(10**6 * USD, 10**6 * USD))
    lab.trade(0, 1, 300, 1)
    lab.order(submit(0, BUY, 290, 1, label="x"))
    lab.do(Command(CommandKind.PRINT_INDEX, amount_micros=5, text="h100_usd"))
    raw = snapshot.take(lab.core)
    digests = [lab.digest]

    def changed() -> Core:
        return snapshot.restore(raw)

    for array in ("instruments", "accounts", "positions", "venue", "moves", "losses"):
        flat = getattr(changed(), array).size
        used = min(flat, 20)
        for cell in range(used):
            core = changed()
            getattr(core, array).reshape(-1)[cell] += 1
            digests.append(snapshot.digest(core))
    core = changed()
    core.labels[0]["y"] = 1
    digests.append(snapshot.digest(core))
    core = changed()
    core.index_prices["h100_usd"] += 1
    digests.append(snapshot.digest(core))
    core = changed()
    core.anchors[0] = core.anchors[0]._replace(index_micros=7)
    digests.append(snapshot.digest(core))
    core = changed()
    core.readings[0].append((1, 2, 3))
    digests.append(snapshot.digest(core))
    core = changed()
    core.preventions[1] = 1
    digests.append(snapshot.digest(core))
    core = changed()
    core.deadlines[1] = 1
    digests.append(snapshot.digest(core))
    core = changed()
    core.account_names[0] = "other"
    digests.append(snapshot.digest(core))
    core = changed()
    core.books.pool[3] += 1
    digests.append(snapshot.digest(core))
    assert len(digests) > 100
    assert len(set(digests)) == len(digests)


def test_another_rules_version_is_refused() -> None:
    state = msgspec.msgpack.decode(snapshot.take(Core()))
    state["rules_version"] = RULES_VERSION + 1
    with pytest.raises(RulesVersionError, match="run the release that wrote it"):
        snapshot.restore(msgspec.msgpack.encode(state))


def test_a_snapshot_from_before_there_were_deadlines_has_none() -> None:
    lab = Lab(spec(), deposits=(USD,))
    state = msgspec.msgpack.decode(snapshot.take(lab.core))
    del state["deadlines"], state["preventions"]
    restored = snapshot.restore(msgspec.msgpack.encode(state))
    assert (restored.deadlines, restored.preventions) == ({}, {})
    assert snapshot.digest(restored) == lab.digest


@pytest.mark.parametrize("raw", [b"", b"\x00", b"\x80", b"not a snapshot"])
def test_bytes_that_are_no_snapshot(raw: bytes) -> None:
    with pytest.raises(msgspec.DecodeError):
        snapshot.restore(raw)


def test_restored_arrays_can_be_written() -> None:
    core = snapshot.restore(snapshot.take(Lab(spec(), deposits=(USD,)).core))
    arrays = (core.instruments, core.accounts, core.positions, core.venue, core.books.rows)
    assert all(array.flags.writeable and array.flags.c_contiguous for array in arrays)
    assert all(array.dtype == np.int64 for array in arrays)
