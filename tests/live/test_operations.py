"""Running an exchange: keys, limits, disconnects, restarts, and what it leaves behind."""

from __future__ import annotations

import signal
import socket
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from websockets.exceptions import ConnectionClosed

from exchange.gateway import methods
from exchange.gateway.rpc import METHODS
from tests.live.conftest import Serve
from tests.live.peer import WAIT_S, Peer, body_of
from tests.live.running import RunningExchange, run_cfx, type_cfx

NAME = "H100-PERPETUAL"


def eventually(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + WAIT_S
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.02)


def low_price(peer: Peer) -> float:
    """A price inside the band at which nobody trades here."""
    return round(peer.call("public/ticker", instrument_name=NAME)["mark_price"] * 0.95, 3)


def buy(peer: Peer, **more: Any) -> str:
    params = {"instrument_name": NAME, "amount": 1, "price": low_price(peer), **more}
    order_id: str = peer.call("private/buy", **params)["order"]["order_id"]
    return order_id


def open_ids(peer: Peer) -> set[str]:
    return {order["order_id"] for order in peer.call("private/get_open_orders")}


def keys(exchange: RunningExchange, *arguments: str) -> str:
    done = type_cfx("keys", *arguments, "--data-dir", str(exchange.data_dir))
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_keys_are_added_listed_and_revoked_while_it_runs(exchange: RunningExchange) -> None:
    made = msgspec.json.decode(
        keys(exchange, "add", "alice", "--scope", "trade:read", "--label", "dashboard"),
        type=dict[str, str],
    )
    listed = keys(exchange, "list")
    [line] = [line for line in listed.splitlines() if made["client_id"] in line]
    for word in ("alice", "trade:read", "dashboard", "valid"):
        assert word in line
    assert made["client_secret"] not in listed
    assert exchange.keys["alice"]["client_secret"] not in listed

    with Peer(exchange) as peer:
        login = {"grant_type": "client_credentials", **made}
        eventually(lambda: "result" in peer.request("public/auth", login))
        assert peer.call("private/get_open_orders") == []
        refused = peer.ask("private/buy", instrument_name=NAME, amount=1, price=1)["error"]
        assert (refused["code"], refused["data"]["param"]) == (13021, "scope")
        assert "trade:read_write" in refused["data"]["reason"]

        assert made["client_id"] in keys(exchange, "revoke", made["client_id"])
        with pytest.raises(ConnectionClosed):
            peer.frame()
    assert "revoked" in keys(exchange, "list")


def test_key_commands_say_what_is_wrong(exchange: RunningExchange, tmp_path: Path) -> None:
    here = ("--data-dir", str(exchange.data_dir))
    for arguments, words in (
        (("revoke", "nobody", *here), ("nobody", "cfx keys list")),
        (
            ("add", "alice", "--scope", "trade:everything", *here),
            ("trade:everything", "read_write"),
        ),
        (("list", "--data-dir", str(tmp_path)), (str(tmp_path), "cfx serve")),
    ):
        done = type_cfx("keys", *arguments)
        assert done.returncode == 1
        for word in words:
            assert word in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_orders_of_a_lost_connection_are_cancelled(exchange: RunningExchange) -> None:
    with Peer(exchange, "alice") as watcher:
        kept = buy(watcher)
        for lose in (Peer.hang_up, Peer.cut):
            with Peer(exchange, "alice") as peer:
                peer.call("private/enable_cancel_on_disconnect", scope="connection")
                state = peer.call("private/get_cancel_on_disconnect", scope="connection")
                assert state == {"scope": "connection", "enabled": True}
                lost = buy(peer)
                assert open_ids(watcher) == {kept, lost}
                lose(peer)
            eventually(lambda: open_ids(watcher) == {kept})
            closed = watcher.call("private/get_order_state", order_id=lost)
            assert closed["order_state"] == "cancelled"
        with Peer(exchange, "alice") as peer:
            also_kept = buy(peer)
        assert open_ids(watcher) == {kept, also_kept}
        watcher.call("private/cancel_all")


def test_cancel_on_disconnect_of_an_account_holds_for_new_connections(
    exchange: RunningExchange,
) -> None:
    with Peer(exchange, "bob") as watcher:
        watcher.call("private/enable_cancel_on_disconnect", scope="account")
        with Peer(exchange, "bob") as peer, Peer(exchange, "carol") as other:
            assert peer.call("private/get_cancel_on_disconnect")["enabled"]
            assert not other.call("private/get_cancel_on_disconnect")["enabled"]
            buy(peer)
            carols = buy(other)
            assert len(open_ids(watcher)) == 1
        eventually(lambda: open_ids(watcher) == set())
        watcher.call("private/disable_cancel_on_disconnect", scope="account")
        with Peer(exchange, "bob") as peer:
            assert not peer.call("private/get_cancel_on_disconnect")["enabled"]
            kept = buy(peer)
        with Peer(exchange, "carol") as other:
            assert open_ids(other) == {carols}
            other.call("private/cancel_all")
        assert open_ids(watcher) == {kept}
        watcher.call("private/cancel_all")


def test_pages_and_the_description_of_every_method(exchange: RunningExchange) -> None:
    methods.load()
    with httpx.Client(base_url=exchange.http_url, timeout=WAIT_S) as client:
        assert client.get("/healthz").json() == {"status": "ok"}
        ready = client.get("/readyz")
        assert ready.status_code == 200
        assert ready.json()["ready"]
        assert "swagger" in client.get("/docs").text.lower()
        described = client.get("/openapi.json").json()["paths"]
        assert METHODS
        for name, method in METHODS.items():
            operation = described[f"/api/v2/{name}"]["get"]
            assert operation["summary"]
            assert {"200", "400"} <= operation["responses"].keys()
            parameters = {parameter["name"] for parameter in operation["parameters"]}
            assert parameters == set(method.params.__struct_encode_fields__)
            assert operation.get("x-scope") == method.scope


def test_a_second_exchange_on_the_same_directory_is_refused(exchange: RunningExchange) -> None:
    done = run_cfx(
        "serve",
        *("--data-dir", str(exchange.data_dir)),
        *("--port", "0", "--marketdata-port", "0"),
    )
    assert done.returncode == 1
    assert "in use by another exchange" in done.stderr
    assert "--data-dir" in done.stderr
    assert "Traceback" not in done.stderr
    assert exchange.status()[0] == 200


def test_a_taken_port_is_named(exchange: RunningExchange) -> None:
    done = run_cfx(
        *("serve", "--ephemeral", "--port", str(exchange.port), "--marketdata-port", "0"),
    )
    assert done.returncode == 1
    assert str(exchange.port) in done.stderr
    assert "Traceback" not in done.stderr


def test_another_address_prints_a_warning_and_duration_ends_it(serve: Serve) -> None:
    """127.0.0.2 is an address of this machine, but not one that is known as loopback."""
    running = serve(
        *("--ephemeral", "--host", "127.0.0.2", "--allow-remote", "--duration", "0.1"),
    )
    assert running.wait_ended(240) == 0
    assert "warning: listening on 127.0.0.2" in running.output
    assert "not encrypted" in running.output
    assert "stopped at command" in running.output


def test_a_rate_limit_refuses_and_recovers_and_nothing_ephemeral_is_left(
    serve: Serve, tmp_path: Path
) -> None:
    running = serve(
        *("--ephemeral", "--rate-limit", "5", "--account", "alice", "--account", "bob"),
        environment={"TMPDIR": str(tmp_path)},
    ).wait_ready()
    [running.data_dir] = tmp_path.glob("cfx-*")
    with Peer(running, "alice") as alice, Peer(running, "bob") as bob:
        price = low_price(alice)
        order = {"instrument_name": NAME, "amount": 1, "price": price}
        for number in range(200):
            # Without waiting for answers, which on a slow machine might come at the rate itself.
            alice.socket.send(body_of("private/buy", order, number), text=True)
        answers = [alice.frame() for _ in range(200)]
        refused = [answer["error"] for answer in answers if "error" in answer]
        assert {error["code"] for error in refused} == {10028}
        assert 10 <= 200 - len(refused) == len(open_ids(alice)) < 200
        assert all(0 < error["data"]["wait"] <= 1_000 for error in refused)
        assert "result" in bob.request("private/buy", order)
        time.sleep(refused[-1]["data"]["wait"] / 1_000)
        eventually(lambda: "result" in alice.request("private/buy", order))
    assert running.stop() == 0
    assert list(tmp_path.glob("cfx-*")) == []
    assert "the log is thrown away" in running.output


KEPT = (
    ("private/get_open_orders", {}),
    (
        "private/get_order_history_by_instrument",
        {"instrument_name": NAME, "include_unfilled": True},
    ),
    ("private/get_user_trades_by_instrument", {"instrument_name": NAME}),
    ("public/get_last_trades_by_instrument", {"instrument_name": NAME}),
)


def test_a_restart_keeps_accounts_orders_positions_and_history(serve: Serve) -> None:
    first = serve("--account", "alice", "--account", "bob:5000").wait_ready()
    credentials = first.keys
    with ExitStack() as stack:
        alice, bob = (stack.enter_context(Peer(first, name)) for name in ("alice", "bob"))
        price = low_price(alice)
        buy(alice, amount=9, price=price, label="resting")
        sold = bob.call("private/sell", instrument_name=NAME, amount=4, price=price)
        assert sold["order"]["order_state"] == "filled"
        alice.call("private/cancel", order_id=buy(alice))
        before = [peer.call(method, **params) for peer in (alice, bob) for method, params in KEPT]
        wealth = [money(peer) for peer in (alice, bob)]
    assert first.stop(signal.SIGINT) == 0
    assert "the log is kept in" in first.output
    for port in (first.port, first.marketdata_port):
        with (
            pytest.raises(ConnectionRefusedError),
            socket.create_connection(("127.0.0.1", port), 1),
        ):
            pass

    again = serve("--account", "alice", "--account", "bob:5000").wait_ready()
    assert again.keys == credentials
    with ExitStack() as stack:
        alice, bob = (stack.enter_context(Peer(again, name)) for name in ("alice", "bob"))
        after = [peer.call(method, **params) for peer in (alice, bob) for method, params in KEPT]
        assert after == before
        assert [order["label"] for order in after[0]] == ["resting"]
        assert [money(peer) for peer in (alice, bob)] == wealth
        error = alice.ask(
            "private/buy", instrument_name=NAME, amount=1, price=price, label="resting"
        )["error"]
        assert "duplicate_label" in error["data"]["reason"]
        taken = bob.call("private/sell", instrument_name=NAME, amount=5, price=price)
        assert [trade["amount"] for trade in taken["trades"]] == [5]
        assert open_ids(alice) == set()
        held = alice.call("private/get_position", instrument_name=NAME)
        assert (held["size"], held["direction"]) == (9, "buy")
    assert again.stop() == 0


def money(peer: Peer) -> tuple[Any, ...]:
    """What does not move with the mark."""
    summary = peer.call("private/get_account_summary", currency="USD")
    position = peer.call("private/get_position", instrument_name=NAME)
    return (
        summary["total_deposits"],
        summary["total_fees"],
        position["size"],
        position["average_price"],
        round(summary["equity"] - position["floating_profit_loss"], 6),
    )
