"""Reader and report writer for the record format of the public matching-engine-benchmark.

A file is a 16-byte header (u64 magic, u32 version, u32 count), then records of 40 bytes,
little-endian: new, cancel or modify. The report stream is text, one line an event, sorted stably by
(sequence number, line type): `0,seq,side,id,px,qty` accepted, `1,seq,px,qty,maker,taker` trade,
`2,seq,side,id,px` cancelled, `3,seq,side,id,px,qty` modified, `4,seq,id` and `5,seq,id` a cancel
and a modify refused.

`python -m benchmarks.public FILE` prints the SHA-256 of our report stream and the rate.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import statistics
import sys
import time
from collections.abc import Iterable, Sequence
from enum import IntEnum
from pathlib import Path
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import track

from matching import layout as at
from matching.book import OrderBooks
from matching.layout import CommandKind, EventKind, TimeInForce, pack_terms

RECORD = np.dtype(
    [
        ("kind", "u1"),
        ("side", "u1"),
        ("ioc", "u1"),
        ("padding", "u1"),
        ("qty_lots", "<u4"),
        ("seq", "<u8"),
        ("id", "<u8"),
        ("price_ticks", "<i8"),
        ("reserved", "<i8"),
    ]
)
HEADER_BYTES = 16
MAGIC = b"100_WBEM"


class Verb(IntEnum):
    """What a record asks for."""

    NEW = 0
    CANCEL = 1
    MODIFY = 2


class Message(NamedTuple):
    """One record of the file."""

    kind: int
    side: int
    ioc: int
    qty_lots: int
    seq: int
    id: int
    price_ticks: int


class Books(Protocol):
    """What the reader asks of an engine: command rows in, event rows out."""

    def apply(self, commands: NDArray[np.int64], /) -> Iterable[Sequence[int]]:
        """Apply int64[n, COMMAND_COLUMNS] and return the event rows."""


def read_messages(path: Path) -> list[Message]:
    """Return the records of a file, plain or gzipped (ValueError where it is not one)."""
    raw = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    count = int.from_bytes(raw[12:HEADER_BYTES], "little")
    if raw[:8] != MAGIC:
        raise ValueError(f"{path.name}: not a matching-engine-benchmark file")
    if len(raw) != HEADER_BYTES + count * RECORD.itemsize:
        raise ValueError(
            f"{path.name}: {count} records announced, {len(raw) - HEADER_BYTES} bytes follow"
        )
    fields = ["kind", "side", "ioc", "qty_lots", "seq", "id", "price_ticks"]
    records = np.frombuffer(raw, RECORD, offset=HEADER_BYTES)[fields]
    return [Message._make(record) for record in records.tolist()]


class Translator:
    """Maps the file's ids to ours and our event rows to its report lines.

    Ids of the file may be used again once their order is gone. A modify becomes an amend. In this
    format it always loses priority, while ours keeps it where the price stays and the size does not
    grow: such a modify becomes a cancel and a submit, which are reported as the one that was asked for.
    """

    def __init__(self) -> None:
        self._ours: dict[int, int] = {}
        self._theirs: dict[int, tuple[int, int]] = {}
        self._open: dict[int, tuple[int, int]] = {}

    def commands(self, message: Message) -> list[list[int]]:
        """Return the command rows of a message: one, or two for a modify that would keep its priority."""
        order_id = self._ours.get(message.id, -1)
        terms = pack_terms(message.side, TimeInForce.IOC if message.ioc else TimeInForce.GTC)
        price_ticks, qty_lots = message.price_ticks, message.qty_lots
        if message.kind == Verb.NEW:
            return [[CommandKind.SUBMIT, 0, 0, 0, terms, price_ticks, qty_lots, 0]]
        cancel = [CommandKind.CANCEL, 0, order_id, 0, 0, 0, 0, 0]
        if message.kind == Verb.CANCEL:
            return [cancel]
        resting_ticks, leaves_lots = self._open.get(order_id, (-1, 0))
        if resting_ticks == price_ticks and 0 < qty_lots <= leaves_lots:
            side = self._theirs[order_id][1]
            submit = [CommandKind.SUBMIT, 0, 0, 0, pack_terms(side), price_ticks, qty_lots, 0]
            return [cancel, submit]
        return [[CommandKind.AMEND, 0, order_id, 0, 0, price_ticks, qty_lots, 0]]

    def report(self, message: Message, events: Iterable[Sequence[int]]) -> list[str]:
        """Return the report lines of a message's event rows, and learn the ids in them."""
        lines: list[tuple[int, str]] = []
        seq, modified = message.seq, message.kind == Verb.MODIFY
        for kind, _, order_id, other, price_ticks, qty_lots, leaves_lots, resting in events:
            if kind == EventKind.ACCEPTED:
                former = self._theirs.get(self._ours.get(message.id, -1), (0, message.side))
                self._ours[message.id] = order_id
                self._theirs[order_id] = (message.id, former[1] if modified else message.side)
            theirs, side = self._theirs.get(order_id, (message.id, message.side))
            if kind == EventKind.CANCELLED and modified:
                # Half of a modify made of two commands; the other half is reported.
                continue
            if kind == EventKind.ACCEPTED and modified:
                lines.append((3, f"3,{seq},{side},{theirs},{price_ticks},{qty_lots}"))
            elif kind == EventKind.ACCEPTED:
                lines.append((0, f"0,{seq},{side},{theirs},{price_ticks},{qty_lots}"))
            elif kind == EventKind.EXECUTED:
                maker = self._theirs[other][0]
                lines.append((1, f"1,{seq},{price_ticks},{qty_lots},{maker},{theirs}"))
                self._open[other] = (price_ticks, resting)
            elif kind == EventKind.CANCELLED:
                lines.append((2, f"2,{seq},{side},{theirs},{price_ticks}"))
            elif kind == EventKind.AMENDED:
                lines.append((3, f"3,{seq},{side},{theirs},{price_ticks},{qty_lots}"))
            else:
                code = 4 if message.kind == Verb.CANCEL else 5
                lines.append((code, f"{code},{seq},{theirs}"))
            self._open[order_id] = (message.price_ticks, leaves_lots)
        lines.sort(key=lambda line: line[0])
        return [text for _, text in lines]


def replay(messages: Iterable[Message], books: Books) -> tuple[list[str], NDArray[np.int64]]:
    """Drive books message by message; return the report lines and the command rows sent."""
    translator = Translator()
    lines: list[str] = []
    rows: list[list[int]] = []
    for message in messages:
        sent = translator.commands(message)
        rows += sent
        events = books.apply(np.array(sent, np.int64))
        lines += translator.report(message, [[int(value) for value in row] for row in events])
    return lines, np.array(rows, np.int64).reshape(-1, at.COMMAND_COLUMNS)


def digest(lines: Iterable[str]) -> str:
    """Return the SHA-256 of a report stream."""
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def domain(messages: Sequence[Message]) -> tuple[int, int]:
    """Return base_ticks and levels of a book that holds every price of a file (ValueError: too wide)."""
    prices = [message.price_ticks for message in messages if message.kind != Verb.CANCEL] or [0]
    base_ticks = min(prices)
    needed = max(prices) - base_ticks + 1
    if needed > at.MAX_LEVELS:
        raise ValueError(f"prices span {needed:,} ticks; a book has at most {at.MAX_LEVELS:,}")
    return base_ticks, -(-needed // at.LEVELS_STEP) * at.LEVELS_STEP


def main(argv: Sequence[str] | None = None) -> int:
    """Print the digest of our reports on a file, and how fast its commands run as one batch."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.public", description=main.__doc__)
    parser.add_argument("file", type=Path, help="records, plain or gzipped (.gz)")
    parser.add_argument("--runs", type=int, default=5)
    arguments = parser.parse_args(argv)
    try:
        messages = read_messages(arguments.file)
        base_ticks, levels = domain(messages)
    except (OSError, ValueError) as fault:
        print(fault, file=sys.stderr)
        return 2
    books = OrderBooks()
    books.add_book(levels, base_ticks)
    shown = track(messages, "reporting", transient=True, console=Console(stderr=True))
    lines, commands = replay(shown, books)
    seconds = []
    for _ in range(arguments.runs):
        books = OrderBooks(orders=1 << 16)
        books.add_book(levels, base_ticks)
        books.make_room(len(commands))
        started = time.perf_counter()
        events = len(books.apply(commands))
        seconds.append(time.perf_counter() - started)
    rate = len(messages) / statistics.median(seconds) / 1e6
    print(f"reports  {len(lines):,} lines, SHA-256 {digest(lines)}")
    print(
        f"rate     {rate:.1f} M messages/s, {events:,} event rows written"
        f" (one batch of {len(commands):,} commands, median of {arguments.runs})"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
