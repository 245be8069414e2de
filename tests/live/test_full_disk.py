"""A log that cannot grow: nothing is taken and everybody is told why; with room again it goes on."""

from __future__ import annotations

import os
import resource
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
from websockets.sync.client import connect

from exchange.log.opening import readable
from exchange.replica import Replica, recover
from tests.live.conftest import Serve
from tests.live.peer import WAIT_S, Peer, body_of
from tests.live.running import RunningExchange, type_cfx

NAME = "H100-PERPETUAL"
BURST = 500
"""Few enough that the buffers of a connection hold them."""


def eventually(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + WAIT_S
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.05)


def limit_files(running: RunningExchange, size_bytes: int) -> None:
    """Let the exchange's process, and not its market-data service, write no file beyond a size."""
    _, hard = resource.prlimit(running.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(running.pid, resource.RLIMIT_FSIZE, (size_bytes, hard))


def order(peer: Peer, number: int) -> dict[str, Any]:
    mark = peer.call("public/ticker", instrument_name=NAME)["mark_price"]
    return {
        "instrument_name": NAME,
        "amount": 1,
        "price": round(mark * 0.95, 3),
        "label": f"order-{number}",
    }


def labels(peer: Peer) -> set[str]:
    return {found["label"] for found in peer.call("private/get_open_orders")}


def test_a_full_disk_loses_nothing_and_the_exchange_goes_on_when_there_is_room(
    serve: Serve, tmp_path: Path
) -> None:
    running = serve("--account", "alice", "--snapshot-commands", "1000000").wait_ready()
    assert "durability: fsync" in running.output
    with Peer(running, "alice") as peer:
        first = peer.call("private/buy", **order(peer, 0))["order"]["order_id"]
        status = peer.call("public/status")
        assert (status["accepting"], status["durability"]) == (True, "fsync")
        limit_files(running, 4_096)
        for number in (1, 2, 3):
            error = peer.ask("private/buy", **order(peer, number))["error"]
            assert error["code"] == 11051
            assert "the log" in error["data"]["reason"]
        # Cancels must be durable too; questions are answered, and market data goes on.
        assert peer.ask("private/cancel", order_id=first)["error"]["code"] == 11051
        taken = labels(peer)
        assert taken == {"order-0"}
        status = peer.call("public/status")
        assert status["accepting"] is False
        assert "log cannot be written" in status["reason"]
        assert running.status()[0] == 503
        figures = httpx.get(f"{running.http_url}/metrics", timeout=WAIT_S).text
        assert "cfx_ready 0.0" in figures
        with connect(running.marketdata_url) as watcher:
            watcher.send('{"id":1,"method":"public/get_instruments","params":{}}')
            assert NAME in str(watcher.recv(WAIT_S))
        limit_files(running, resource.RLIM_INFINITY)
        eventually(lambda: running.status()[0] == 200)
        assert labels(peer) == taken
        peer.call("private/buy", **order(peer, 1_000))
        assert peer.call("private/cancel", order_id=first)["order_state"] == "cancelled"
        expected = {"order-1000"}
        assert labels(peer) == expected
    assert running.stop() == 0, running.output
    assert "takes commands again" in running.output
    log = readable(running.data_dir)
    replica = recover(Replica(), log, from_start=True)
    log.close()
    assert {found.label for found in replica.views.orders.live(0)} == expected
    verified = type_cfx("verify", "--data-dir", str(running.data_dir))
    assert verified.returncode == 0, verified.stdout


def test_an_exchange_on_a_full_disk_can_be_stopped(serve: Serve) -> None:
    running = serve("--account", "alice", "--durability", "os").wait_ready()
    assert "durability: os" in running.output
    limit_files(running, 4_096)
    # The schedule's own commands run into it.
    eventually(lambda: running.status()[0] == 503)
    assert running.stop() == 0, running.output


def test_a_server_without_durability_is_refused(tmp_path: Path) -> None:
    done = type_cfx("serve", "--durability", "none", "--data-dir", str(tmp_path / "venue"))
    assert done.returncode == 2
    assert "take fsync" in done.stderr
    assert not (tmp_path / "venue").exists()


def test_a_full_queue_is_an_error_and_takes_nothing(serve: Serve) -> None:
    running = serve(
        "--account", "alice", "--max-orders", "5000", "--max-waiting", "50"
    ).wait_ready()
    with Peer(running, "alice") as peer:
        wanted = order(peer, 0)
        # They come all at once, however fast either side is.
        os.kill(running.pid, signal.SIGSTOP)
        for number in range(BURST):
            params = {**wanted, "label": f"order-{number}"}
            peer.socket.send(body_of("private/buy", params, number), text=True)
        os.kill(running.pid, signal.SIGCONT)
        answers = {}
        while len(answers) < BURST:
            answer = peer.frame()
            answers[answer["id"]] = answer.get("error", {"code": 0})
        codes = [answers[number]["code"] for number in range(BURST)]
        assert set(codes) == {0, 10047}
        taken = {f"order-{number}" for number, code in enumerate(codes) if code == 0}
        assert labels(peer) == taken
        refusal = answers[codes.index(10047)]
        assert refusal["message"] == "matching_engine_queue_full"
        assert "try again" in refusal["data"]["reason"]
    assert running.stop() == 0, running.output
