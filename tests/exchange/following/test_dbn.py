"""Databento's own library reads the files, and finds the engine's book in them."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import databento
import databento_dbn
import numpy as np
import pytest

from exchange.core.core import Core
from exchange.following import dbn
from exchange.following.order_tape import OrderTape
from matching.layout import Side
from tests.exchange import traffic


def test_the_record_is_the_one_of_the_library() -> None:
    theirs = np.dtype(databento_dbn.MBOMsg._dtypes)
    assert theirs == dbn.MBO
    assert dbn.MBO.itemsize == databento_dbn.MBOMsg.size_hint == 56
    assert databento_dbn.F_LAST == dbn.F_LAST
    assert databento_dbn.F_SNAPSHOT == dbn.F_SNAPSHOT


def test_a_book_built_from_the_file_is_the_engine_s(tmp_path: Path) -> None:
    tape = OrderTape(Core())
    batches = traffic.batches(71, 700)
    for batch in batches[: len(batches) // 2]:
        tape.apply(batch)
    tape.clear()
    standing = dbn.records(tape.core, tape.standing(), snapshot=True)
    for batch in batches[len(batches) // 2 :]:
        tape.apply(batch)
    path = tmp_path / "tape.dbn"
    with path.open("wb") as file:
        dbn.write(file, tape.core, [standing, dbn.records(tape.core, tape.orders, snapshot=False)])

    store = databento.DBNStore.from_file(path)
    assert (store.dataset, str(store.schema)) == (dbn.DATASET, "mbo")
    names = {spec.name: number for number, spec in enumerate(tape.core.specs)}
    assert store.symbols == list(names)
    mapped = {
        interval["symbol"]: name
        for name, intervals in store.mappings.items()
        for interval in intervals
    }
    books: dict[str, dict[int, tuple[str, int, int]]] = defaultdict(dict)
    sequences, traded = [], 0
    # As Databento's documentation builds a book: add, cancel by size, clear; trades and fills do nothing.
    for record in store:
        assert isinstance(record, databento_dbn.MBOMsg)
        book = books[mapped[str(record.instrument_id)]]
        sequences.append(record.sequence)
        match str(record.action):
            case "A":
                assert record.order_id not in book
                book[record.order_id] = (str(record.side), record.price, record.size)
            case "C":
                side, price, size = book.pop(record.order_id)
                assert (side, price) == (str(record.side), record.price)
                if size > record.size:
                    book[record.order_id] = (side, price, size - record.size)
            case "R":
                book.clear()
            case "T":
                traded += record.size
    assert sequences == sorted(sequences)
    assert traded == sum(row.qty_lots for row in tape.trades) > 0
    for name, number in names.items():
        nanos = tape.core.specs[number].tick_micros * 1_000
        held = {
            order_id: ("BA"[side], price_ticks * nanos, lots)
            for side in Side
            for order_id, _, price_ticks, lots, _, _ in tape.core.books.orders(number, side)
        }
        assert books[name] == held
        assert held


def test_an_empty_file_is_one(tmp_path: Path) -> None:
    path = tmp_path / "empty.dbn"
    with path.open("wb") as file:
        dbn.write(file, Core(), [dbn.records(Core(), [], snapshot=False)])
    assert list(databento.DBNStore.from_file(path)) == []


def test_without_the_package_it_is_told_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dbn, "available", lambda: False)
    with (
        (tmp_path / "x.dbn").open("wb") as file,
        pytest.raises(dbn.DbnMissingError, match="pip install"),
    ):
        dbn.write(file, Core(), [])
