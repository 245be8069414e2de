"""The benchmark of market data, small: every frame comes, and the subscriber's book is the market's."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from benchmarks import fan_out, machine, marketdata_bench, public_flow
from benchmarks.frames import FrameCounter, FrameReader, client_frame
from benchmarks.subscribers import Seen, book_of
from exchange.core.layout import EVENT_KIND, EventKind
from exchange.replica import PublicReplica
from marketdata.framing import text_frame


def test_every_frame_comes_and_the_book_is_the_markets(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(machine, "RESULTS", tmp_path)
    arguments = ["--subscribers", "7", "--deliveries", "700", "--rounds", "1"]
    marketdata_bench.main([*arguments, "--rate", "200", "--seconds", "0.2"])
    kept = json.loads((tmp_path / "marketdata.json").read_text())
    freely, steadily, constant = kept["lines"]
    assert constant["frames"] == 700
    for line in (freely, steadily):
        assert line["subscribers"] == 7
        assert line["frames"] % 7 == 0
        assert 0 < line["writes"] <= line["frames"] < line["events"]
        assert line["conflated"] == 0
    assert steadily["frames"] >= 7 * 40
    assert "steady: 200 group commits of 10 orders a second" in capsys.readouterr().out


def test_a_book_that_differs_is_reported() -> None:
    flow = public_flow.generate(1, 5, seed=3)
    replica = PublicReplica()
    for batch in flow.opening:
        replica.apply(batch)
    wrong = Seen({}, {}, 0, 0, 0, 0, 0, 0)
    with pytest.raises(RuntimeError, match="is not the market's"):
        fan_out._check(replica, wrong, 1, 1)
    with pytest.raises(RuntimeError, match="frames came"):
        fan_out._check(replica, wrong, 1, 2)


def test_a_subscriber_that_leaves_early_is_noticed() -> None:
    async def scenario() -> None:
        async with fan_out.readers(1, 1, ()):
            pass

    with pytest.raises(RuntimeError, match="process ended"):
        asyncio.run(scenario())


def test_the_core_accepts_the_whole_stream() -> None:
    flow = public_flow.generate(30, 10, seed=5)
    replica = PublicReplica()
    kinds = [
        row[EVENT_KIND] for batch in [*flow.opening, *flow.batches] for row in replica.apply(batch)
    ]
    assert EventKind.REJECTED not in kinds
    orders = {EventKind.ACCEPTED, EventKind.EXECUTED, EventKind.CANCELLED, EventKind.AMENDED}
    assert orders <= set(kinds)


@pytest.mark.parametrize("step", [1, 2, 3, 7, 1_000, 100_000])
def test_frames_are_cut_alike_however_the_bytes_come(step: int) -> None:
    payloads = [b"x" * size for size in (0, 1, 125, 126, 127, 65_535, 65_536)]
    wire = b"".join(text_frame(payload) for payload in payloads)
    reader, counter = FrameReader(), FrameCounter()
    pieces = [wire[at : at + step] for at in range(0, len(wire), step)]
    if step < 7:
        pieces = [wire[at : at + step] for at in range(0, 1_000, step)]
        payloads = payloads[:5]
    read = [payload for piece in pieces for _, payload in reader.feed(piece)]
    assert read == payloads
    assert sum(counter.feed(piece) for piece in pieces) == len(payloads)


def test_a_book_is_rebuilt_from_its_frames() -> None:
    def told(channel: str, said: object) -> bytes:
        params = {"channel": channel, "data": said}
        message = {"jsonrpc": "2.0", "method": "subscription", "params": params}
        return text_frame(json.dumps(message).encode())

    snapshot = {"type": "snapshot", "change_id": 4, "bids": [["new", 2.5, 3]], "asks": []}
    first = {"bids": [["delete", 2.5, 0]], "asks": [["new", 2.6, 1]]}
    second = {"bids": [], "asks": [["change", 2.6, 7]]}
    frames = [
        text_frame(b'{"jsonrpc":"2.0","id":1,"result":[]}'),
        told("book.A.raw", snapshot),
        told("book.A.raw", {"type": "change", "prev_change_id": 4, "change_id": 6, **first}),
        told("trades.A.raw", [{"price": 2.6}, {"price": 2.6}]),
        told("book.A.raw", {"type": "change", "prev_change_id": 5, "change_id": 8, **second}),
    ]
    seen = book_of(frames)
    assert (seen.bids, seen.asks) == ({}, {"2.6": 7})
    assert (seen.levels, seen.trades, seen.snapshots, seen.gaps) == (3, 2, 1, 1)
    assert len(client_frame(b"{}")) == 2 + 4 + 2
