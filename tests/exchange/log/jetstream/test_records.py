"""Batches cut into messages and put together again, whatever their sizes and whoever died between."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.log import codec
from exchange.log.codec import CorruptLogError
from exchange.log.jetstream.records import (
    Assembly,
    BatchPart,
    EpochStart,
    Received,
    Record,
    decode,
    encode,
    parts_of,
)
from tests.exchange.log.batches import batch

EPOCH = EpochStart(
    epoch=2, node="b", rules_version=1, first_seq=5, checksum=7, ts_ns=9, host="host"
)


def received(assembly: Assembly, records: list[Record]) -> list[Received]:
    """What comes out of messages that went over a wire."""
    taken = [assembly.take(decode(encode(record))) for record in records]
    return [one for one in taken if one is not None]


@given(st.lists(st.integers(1, 40), min_size=1, max_size=8), st.integers(64, 5_000))
def test_any_batches_come_out_as_they_went_in(sizes: list[int], part_bytes: int) -> None:
    checksum, first_seq = 0, 1
    records: list[Record] = []
    batches = []
    for size in sizes:
        one = batch(first_seq, size, f"text {first_seq}")
        parts = parts_of(one, 1, "a", checksum, part_bytes)
        assert all(len(part.payload) <= part_bytes for part in parts)
        batches.append(one)
        records += parts
        checksum = codec.chained(checksum, *codec.encode(one))
        first_seq += size
    found = received(Assembly(), records)
    assert len(found) == len(batches)
    for got, one in zip(found, batches, strict=True):
        assert np.array_equal(got.batch.rows, one.rows)
        assert got.batch.texts == one.texts
    assert found[-1].checksum == checksum


@given(st.integers(0, 30))
def test_parts_that_were_not_completed_are_passed_over(there: int) -> None:
    dead = parts_of(batch(5, 30, "never"), 1, "a", 7, 200)
    alive = parts_of(batch(5, 20, "durable"), 2, "b", 7, 200)
    left = dead[: min(there, len(dead) - 1)]
    for between in ([EPOCH], []):
        (found,) = received(Assembly(), [*left, *between, *alive])
        assert found.batch.texts[0] == "durable"
        assert len(found.batch.rows) == 20


def test_an_end_without_its_beginning_is_damage() -> None:
    parts = parts_of(batch(1, 30), 1, "a", 0, 200)
    with pytest.raises(CorruptLogError, match="follows none"):
        received(Assembly(), list(parts[1:]))
    with pytest.raises(CorruptLogError, match="follows none"):
        received(Assembly(), [parts[0], *parts[2:]])


def test_other_messages_are_no_records() -> None:
    with pytest.raises(CorruptLogError, match="no log's"):
        decode(b"hello")
    part = parts_of(batch(1), 1, "a", 0)[0]
    for wrong in (b"", b"\x01", encode(EPOCH)):
        broken = BatchPart(
            **{f: getattr(part, f) for f in part.__struct_fields__} | {"payload": wrong}
        )
        with pytest.raises(CorruptLogError):
            Assembly().take(broken)


def test_identities_differ() -> None:
    one, other = batch(1, 30), batch(1, 30, "other")
    records: list[Record] = [
        *parts_of(one, 1, "a", 0, 200),
        *parts_of(other, 1, "a", 0, 200),
        *parts_of(one, 2, "a", 0, 200),
        *parts_of(one, 1, "b", 0, 200),
        EPOCH,
    ]
    assert len({record.identity for record in records}) == len(records)
    assert parts_of(one, 1, "a", 0)[-1].last_seq == 30
    assert EPOCH.last_seq == 4
