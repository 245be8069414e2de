"""Batches as bytes and back, and bytes that are none."""

from __future__ import annotations

import zlib

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.core.commands import Batch
from exchange.core.layout import COMMAND_COLUMNS, COMMAND_SEQ, CONDITIONS_SEQ
from exchange.log import codec
from exchange.log.codec import CorruptLogError

int64s = st.integers(-(1 << 63), (1 << 63) - 1)


rows_without_seq = st.lists(int64s, min_size=COMMAND_COLUMNS - 1, max_size=COMMAND_COLUMNS - 1)


@given(
    st.integers(1, 1 << 62),
    st.lists(st.tuples(rows_without_seq, st.none() | rows_without_seq), max_size=5),
    st.dictionaries(st.integers(0, 4), st.text(), max_size=3),
)
def test_every_batch_survives(
    first_seq: int, drawn: list[tuple[list[int], list[int] | None]], texts: dict[int, str]
) -> None:
    rows = [[seq, *row] for seq, (row, _said) in enumerate(drawn, first_seq)]
    conditions = [[seq, *said] for seq, (_row, said) in enumerate(drawn, first_seq) if said]
    tables = [
        np.array(table, np.int64).reshape(-1, COMMAND_COLUMNS) for table in (rows, conditions)
    ]
    found = codec.decode(*codec.encode(Batch(tables[0], texts, tables[1])))
    assert found.rows.tolist() == rows
    assert found.conditions.tolist() == conditions
    assert found.rows.dtype == found.conditions.dtype == np.int64
    assert found.texts == texts
    assert list(found.texts) == list(texts)


@pytest.mark.parametrize("seqs", [[9], [14], [11, 11], [12, 10]])
def test_conditions_of_other_commands_are_corrupt(seqs: list[int]) -> None:
    tables = [np.zeros((len(column), COMMAND_COLUMNS), np.int64) for column in ([10, 11, 12], seqs)]
    tables[0][:, COMMAND_SEQ], tables[1][:, CONDITIONS_SEQ] = [10, 11, 12], seqs
    with pytest.raises(CorruptLogError, match="conditions"):
        codec.decode(*codec.encode(Batch(tables[0], {}, tables[1])))


def test_rows_are_little_endian_on_every_machine() -> None:
    table = np.arange(COMMAND_COLUMNS).reshape(1, -1).astype(">i8")
    raw, texts = codec.encode(Batch(table, {0: "a"}))
    assert raw == b"".join(i.to_bytes(8, "little") for i in range(COMMAND_COLUMNS))
    assert msgspec.msgpack.decode(texts) == {0: "a"}


@pytest.mark.parametrize(
    ("rows", "texts"),
    [
        (b"\0" * 95, b"\x80"),
        (b"\0" * 97, b"\x80"),
        (b"", b""),
        (b"", b"\x81"),
        (b"", b"\x81\x00\x01"),
        (b"", b"\x90"),
    ],
)
def test_other_bytes_are_corrupt(rows: bytes, texts: bytes) -> None:
    with pytest.raises(CorruptLogError):
        codec.decode(rows, texts)


def test_the_checksum_is_the_crc_of_everything_so_far() -> None:
    first = codec.chained(0, b"rows1", b"texts1")
    assert first == zlib.crc32(b"rows1texts1")
    assert codec.chained(first, b"rows2", b"texts2") == zlib.crc32(b"rows1texts1rows2texts2")
