"""The gateway's benchmark, small: every order is acknowledged, and what was sent is what rests."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks import disk, gateway_bench, machine, order_mix
from benchmarks.load import Load
from benchmarks.order_mix import STOCK, Kind, OrderMix, Touch

ORDERS, SINGLE, RATE, SECONDS = 640, 64, 400.0, 0.4
COUNTS = {"pipelined": ORDERS, "single": SINGLE, "open": round(RATE * SECONDS)}


def test_every_order_is_acknowledged(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(machine, "RESULTS", tmp_path)
    monkeypatch.setattr(disk, "COMMITS", 5)
    for module in (gateway_bench, order_mix):
        monkeypatch.setattr(module, "STOCK", 80)
    arguments = ["--orders", str(ORDERS), "--single", str(SINGLE), "--rounds", "1"]
    gateway_bench.main([*arguments, "--rates", str(RATE), "--seconds", str(SECONDS)])
    kept = json.loads((tmp_path / "gateway.json").read_text())
    assert kept["commit_us"] > 0
    measured = {(line["mode"], line["server"], line["sessions"]): line for line in kept["lines"]}
    modes = [("pipelined", 1), ("pipelined", 8), ("single", 1), ("single", 8), ("open", 8)]
    assert set(measured) == {
        (mode, server, sessions) for mode, sessions in modes for server in ("echo", "exchange")
    }
    for (mode, _, _), line in measured.items():
        assert line["answered"] == COUNTS[mode]
        assert line["refused"] == 0
        assert 0 < line["p50_us"] <= line["p99_us"] <= line["p99.9_us"]
    printed = capsys.readouterr().out
    assert "45 % resting" in printed
    assert "% of echo" in printed
    assert [path.name for path in tmp_path.iterdir()] == ["gateway.json"]


def test_the_mix_is_as_stated_and_cancels_only_what_rests() -> None:
    mix = OrderMix(Touch("H100-PERPETUAL", 2_498, 2_502), seed=7)
    resting: set[str] = set()
    kinds = []
    for _ in range(STOCK + 2_000):
        request_id, frame = mix.frame()
        request = json.loads(frame[frame.index(b"{") :])
        assert request["id"] == request_id
        kind, params = mix.kind(request_id), request["params"]
        kinds.append(kind)
        if kind is Kind.CANCEL:
            resting.remove(params["order_id"])
            order = {"order_id": params["order_id"], "order_state": "cancelled"}
        else:
            buys, ticks = request["method"] == "private/buy", round(params["price"] * 1_000)
            trades = ticks >= 2_502 if buys else ticks <= 2_498
            assert trades == (kind is Kind.CROSS)
            order = {"order_id": f"H100-{request_id}", "order_state": "filled"}
            if not trades:
                order["order_state"] = "open"
                resting.add(order["order_id"])
        answer = {"jsonrpc": "2.0", "id": request_id, "result": {"order": order, "trades": []}}
        if kind is Kind.CANCEL:
            answer["result"] = order
        encoded = json.dumps(answer, separators=(",", ":")).encode()
        assert mix.answered(encoded) == (request_id, True)
    measured = kinds[STOCK:]
    shares = [measured.count(kind) / len(measured) for kind in Kind]
    assert shares == [0.45, 0.45, 0.10]
    assert mix.live == len(resting) == STOCK


def test_an_answer_that_did_something_else_counts_as_refused() -> None:
    mix = OrderMix(Touch("H100-PERPETUAL", 2_498, 2_502), seed=7)
    request_id, _ = mix.frame()
    error = b'{"jsonrpc":"2.0","id":%d,"error":{"code":10028}}' % request_id
    assert mix.answered(error) == (request_id, False)
    other = (
        b'{"jsonrpc":"2.0","id":%d,"result":{"order":{"order_id":"H100-1","order_state":"filled"}}}'
    )
    assert mix.answered(other % request_id) == (request_id, False)


def test_the_line_shown_is_a_median() -> None:
    latency_ns = np.ones(1, np.int64)
    loads = [Load(answered, 0, 1.0, latency_ns) for answered in (9, 1, 5)]
    rates = [gateway_bench.Line("pipelined", "echo", 1, load) for load in loads]
    assert gateway_bench.median_of(rates).load.rate == 5
