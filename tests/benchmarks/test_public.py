"""The public benchmark's conformance cases and sample, byte for byte, on both implementations."""

from __future__ import annotations

import gzip
import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks import public
from benchmarks.public import Message, Translator, Verb, digest, read_messages, replay
from matching.book import OrderBooks
from matching.layout import MAX_LEVELS, Side
from matching.reference import ReferenceBooks

BOTH = pytest.mark.parametrize("kind", [OrderBooks, ReferenceBooks])
VERBS = {"new": Verb.NEW, "cancel": Verb.CANCEL, "modify": Verb.MODIFY}
SAMPLE = Path("order_flow") / "benchmark_sample_39955.bin.gz"


def opened(kind: type[OrderBooks] | type[ReferenceBooks]) -> OrderBooks | ReferenceBooks:
    books = kind()
    books.add_book(MAX_LEVELS)
    return books


def message(row: dict[str, Any]) -> Message:
    side = "BS".index(row["side"])
    fields = ("ioc", "qty", "seq", "id", "px")
    return Message(VERBS[row["op"]], side, *(row[field] for field in fields))


def touch(books: OrderBooks | ReferenceBooks) -> list[int | None]:
    """Best bid, its size, best ask, its size: empty sides as None and 0."""
    bid, ask = books.best_bid(0), books.best_ask(0)
    return [
        bid,
        0 if bid is None else books.level(0, Side.BUY, bid)[0],
        ask,
        0 if ask is None else books.level(0, Side.SELL, ask)[0],
    ]


def deep_sweep() -> list[Message]:
    """5,000 resting offers of one lot at one price, and the one order that takes them all."""
    offers = [Message(Verb.NEW, 1, 0, 1, seq, seq + 1, 100) for seq in range(5000)]
    return [*offers, Message(Verb.NEW, 0, 0, 5000, 5000, 5001, 100)]


@pytest.fixture(scope="session")
def edge_cases(shared_data: Path) -> dict[str, Any]:
    cases: dict[str, Any] = json.loads((shared_data / "order_flow/edge_cases_34.json").read_text())
    assert len(cases) == 34
    return cases


@BOTH
def test_every_edge_case_reports_byte_for_byte(
    kind: type[OrderBooks], edge_cases: dict[str, Any]
) -> None:
    for name, case in edge_cases.items():
        messages = (
            [message(row) for row in case["messages"]] if "messages" in case else deep_sweep()
        )
        assert len(messages) == case["n"], name
        lines, _ = replay(messages, opened(kind))
        assert digest(lines) == case["sha256"], name
        if "reports" in case:
            assert lines == case["reports"], name


@BOTH
def test_every_edge_case_shows_the_best_prices_after_each_message(
    kind: type[OrderBooks], edge_cases: dict[str, Any]
) -> None:
    compared = 0
    for name, case in edge_cases.items():
        books, translator = opened(kind), Translator()
        shown = zip(case.get("messages", []), case.get("bbo_after", []), strict=True)
        for row, expected in shown:
            command = np.array(translator.commands(message(row)), np.int64)
            events = [[int(value) for value in event] for event in books.apply(command)]
            translator.report(message(row), events)
            assert touch(books) == expected, f"{name} after seq {row['seq']}"
            compared += 1
    assert compared == sum(case["n"] for case in edge_cases.values()) - 5001


@BOTH
def test_the_sample_reports_byte_for_byte(kind: type[OrderBooks], shared_data: Path) -> None:
    expected = gzip.decompress(
        (shared_data / "order_flow/benchmark_sample_39955.reports.txt.gz").read_bytes()
    )
    messages = read_messages(shared_data / SAMPLE)
    lines, _ = replay(messages, opened(kind))
    assert len(messages) == 39_955
    assert "\n".join(lines).encode() == expected
    assert digest(lines) == hashlib.sha256(expected).hexdigest()
    assert digest(lines).startswith("f04bbcd7")


def test_the_sample_as_one_batch_gives_the_same_events(shared_data: Path) -> None:
    _, commands = replay(read_messages(shared_data / SAMPLE), opened(OrderBooks))
    books, reference = opened(OrderBooks), opened(ReferenceBooks)
    assert [tuple(row) for row in books.apply(commands).tolist()] == reference.apply(commands)
    assert books.orders(0, 0) == reference.orders(0, 0)


def test_the_command_line_prints_the_digest(
    shared_data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert public.main([str(shared_data / SAMPLE), "--runs", "1"]) == 0
    assert "SHA-256 f04bbcd7" in capsys.readouterr().out


def test_a_record_file_is_read_field_by_field(tmp_path: Path) -> None:
    record = np.zeros(1, public.RECORD)
    record[0] = (2, 1, 1, 0, 7, 8, 1 << 40, -9, 0)
    header = public.MAGIC + (1).to_bytes(4, "little") + (1).to_bytes(4, "little")
    path = tmp_path / "one.bin"
    path.write_bytes(header + record.tobytes())
    assert read_messages(path) == [Message(Verb.MODIFY, 1, 1, 7, 8, 1 << 40, -9)]


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (b"", "not a matching"),
        (b"something else entirely", "not a matching"),
        (public.MAGIC + bytes(4) + (2).to_bytes(4, "little") + bytes(40), "2 records announced"),
    ],
)
def test_another_file_is_refused(tmp_path: Path, raw: bytes, says: str) -> None:
    path = tmp_path / "other.bin"
    path.write_bytes(raw)
    with pytest.raises(ValueError, match=says):
        read_messages(path)


@BOTH
@pytest.mark.parametrize("qty_lots", [4, 5])
def test_a_modify_of_the_size_alone_loses_its_priority(
    kind: type[OrderBooks], qty_lots: int
) -> None:
    messages = [
        Message(Verb.NEW, 0, 0, 5, 0, 1, 100),
        Message(Verb.NEW, 0, 0, 3, 1, 2, 100),
        Message(Verb.MODIFY, 0, 0, qty_lots, 2, 1, 100),
        Message(Verb.NEW, 1, 0, 4, 3, 3, 100),
        Message(Verb.CANCEL, 0, 0, 0, 4, 1, 0),
    ]
    lines, rows = replay(messages, opened(kind))
    assert lines == [
        "0,0,0,1,100,5",
        "0,1,0,2,100,3",
        f"3,2,0,1,100,{qty_lots}",
        "0,3,1,3,100,4",
        "1,3,100,3,2,3",
        "1,3,100,1,1,3",
        "2,4,0,1,100",
    ]
    assert len(rows) == len(messages) + 1


def test_a_book_is_as_wide_as_the_files_prices() -> None:
    prices = [70_000, 70_000 + MAX_LEVELS - 1]
    messages = [Message(Verb.NEW, 0, 0, 1, seq, seq, price) for seq, price in enumerate(prices)]
    cancel = Message(Verb.CANCEL, 0, 0, 0, 9, 0, 0)
    assert public.domain([*messages, cancel]) == (70_000, MAX_LEVELS)
    assert public.domain([cancel]) == (0, 4_096)
    with pytest.raises(ValueError, match="at most 262,144"):
        public.domain([*messages, Message(Verb.NEW, 0, 0, 1, 3, 3, 69_999)])


def test_the_command_line_says_what_is_wrong_with_a_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert public.main([str(tmp_path / "absent.bin")]) == 2
    assert "absent.bin" in capsys.readouterr().err
