"""Sessions over real sockets: order, pipelining, limits, slow readers, cancel-on-disconnect."""

from __future__ import annotations

import asyncio
import socket as sockets
import time
from typing import Any

import msgspec
from websockets.asyncio.client import connect

from exchange.core.commands import Command
from exchange.core.layout import COMMAND_KIND, CommandKind
from exchange.gateway.limits import Limits
from exchange.gateway.rpc import METHODS, Context, Method, NoParams
from exchange.gateway.session import Session
from exchange.log.store import CommandLog
from marketdata.days import NS_PER_DAY
from tests.exchange.gateway.live import NAME, Client, Live, Runner


async def until(condition: Any) -> None:
    async with asyncio.timeout(60):
        while not condition():
            await asyncio.sleep(0.01)


async def open_orders(live: Live, account: str) -> list[dict[str, Any]]:
    async with live.client(account) as client:
        orders = await client.call("private/get_open_orders")
    assert isinstance(orders, list)
    return orders


def kinds_of(live: Live) -> list[list[int]]:
    """The kinds of the commands of each logged batch."""
    log = CommandLog(live.venue.settings.data_dir, writable=False)
    try:
        return [batch.rows[:, COMMAND_KIND].tolist() for batch in log.read()]
    finally:
        log.close()


def test_pipelined_orders_take_effect_in_order_of_arrival(live_venue: Runner) -> None:
    async def scenario(live: Live) -> None:
        async with live.client("alice") as alice:
            prices = [(2_400 + n) / 1_000 for n in range(80)]
            asked = [
                await alice.post(
                    "private/buy", instrument_name=NAME, amount=1, price=price, label=str(n)
                )
                for n, price in enumerate(prices)
            ]
            orders = {}
            for _ in asked:
                answer = await alice.frame()
                assert answer["testnet"] is True
                assert answer["usDiff"] == answer["usOut"] - answer["usIn"] >= 0
                orders[answer["id"]] = answer["result"]["order"]
            assert list(orders) == asked
            assert [orders[n]["label"] for n in asked] == [str(n) for n in range(80)]
            numbers = [int(orders[n]["order_id"].rpartition("-")[2]) for n in asked]
            assert numbers == sorted(numbers)
            assert len(await alice.call("private/get_open_orders")) == 80

    live_venue(scenario)


def test_answers_tell_the_wall_clock_where_the_market_is_ahead_of_it(live_venue: Runner) -> None:
    async def scenario(live: Live) -> None:
        live.venue.clock.anchor_ns += 10 * NS_PER_DAY
        async with live.client("alice") as alice:
            await alice.post("private/buy", instrument_name=NAME, amount=1, price=2.4)
            answer = await alice.frame()
        assert answer["result"]["order"]["creation_timestamp"] > (time.time() + 86_400) * 1e3
        for told in (answer["usIn"], answer["usOut"]):
            assert abs(told - time.time_ns() // 1_000) < 60 * 10**6

    live_venue(scenario)


def test_a_waiting_request_does_not_hold_up_the_next(live_venue: Runner) -> None:
    async def scenario(live: Live) -> None:
        async with live.client("alice") as alice:
            order_id = await alice.post("private/buy", instrument_name=NAME, amount=1, price=2.4)
            test_id = await alice.post("public/test")
            assert {(await alice.frame())["id"] for _ in range(2)} == {order_id, test_id}

    live_venue(scenario)


def test_a_handler_may_be_awaited(live_venue: Runner) -> None:
    async def slow(context: Context, params: NoParams) -> str:
        await asyncio.sleep(0.05)
        return "late"

    async def failing(context: Context, params: NoParams) -> str:
        await asyncio.sleep(0)
        raise ZeroDivisionError

    async def scenario(live: Live) -> None:
        async with live.client() as client:
            late = await client.post("public/slow")
            assert (await client.call("public/test"))["version"]
            assert (await client.answer(late))["result"] == "late"
            assert (await client.refused("public/failing"))["code"] == 11094
        async with live.http() as http:
            assert (await http.get("/api/v2/public/slow")).json()["result"] == "late"
            assert (await http.get("/api/v2/public/failing")).json()["error"]["code"] == 11094

    decode = msgspec.json.Decoder(NoParams).decode
    for name, handler in (("public/slow", slow), ("public/failing", failing)):
        METHODS[name] = Method(name, NoParams, None, handler, "", "", 1.0, False, decode)
    try:
        live_venue(scenario)
    finally:
        del METHODS["public/slow"], METHODS["public/failing"]


def test_an_account_that_asks_too_much_is_told_when_to_come_back(live_venue: Runner) -> None:
    async def scenario(live: Live) -> None:
        async with live.client("alice") as alice, live.client("bob") as bob:
            before = live.state()
            refused = [await alice.refused("private/cancel", order_id="none") for _ in range(6)]
            assert [error["code"] for error in refused].count(10028) >= 2
            assert refused[-1]["data"]["wait"] > 0
            assert live.state() == before
            async with live.client("alice") as again:
                assert (await again.refused("private/cancel", order_id="x"))["code"] == 10028
            assert (await bob.refused("private/cancel", order_id="none"))["code"] == 10004
            assert await alice.call("private/get_open_orders") == []

    live_venue(scenario, Limits(matching_rate=0.01, matching_burst=4))


def test_strangers_have_a_small_allowance_which_bad_messages_use_too(live_venue: Runner) -> None:
    async def scenario(live: Live) -> None:
        async with live.client() as client, live.client() as other:
            assert (await client.raw("{"))["error"]["code"] == -32700
            assert (await client.refused("public/nothing"))["code"] == -32601
            assert await client.call("public/test")
            assert (await client.refused("public/test"))["code"] == 10028
            assert (await client.raw("{"))["error"]["code"] == 10028
            assert await other.call("public/test")

    live_venue(scenario, Limits(anonymous_rate=0.01, anonymous_burst=3))


def test_reading_stops_at_the_bound_of_requests_in_flight(live_venue: Runner) -> None:
    async def scenario(live: Live) -> None:
        async with live.client("alice") as alice:
            highest = 0
            submit = live.venue.submit

            def watched(command: Any, done: Any) -> None:
                nonlocal highest
                highest = max(highest, live.gateway.sessions[0].in_flight)
                submit(command, done)

            live.venue.submit = watched  # type: ignore[method-assign]
            for _ in range(200):
                await alice.post("private/buy", instrument_name=NAME, amount=1, price=2.4)
            answers = [await alice.frame() for _ in range(200)]
            assert all("result" in answer for answer in answers)
            assert 1 < highest <= 8

    live_venue(scenario, Limits(max_in_flight=8))


def test_a_client_that_does_not_read_is_dropped_and_disturbs_nobody(live_venue: Runner) -> None:
    async def scenario(live: Live) -> None:
        plug = sockets.create_connection(("127.0.0.1", live.server.port))
        plug.setsockopt(sockets.SOL_SOCKET, sockets.SO_RCVBUF, 4_096)
        plug.setblocking(False)
        async with live.client() as other:
            async with connect(live.url, sock=plug, compression=None, max_queue=1) as stuck:
                stuck.transport.pause_reading()
                name = "x" * 60_000
                message = msgspec.json.encode(
                    {"jsonrpc": "2.0", "id": 1, "method": "public/hello", "params": {"a": name}}
                )
                listing = {"jsonrpc": "2.0", "id": 1, "method": "public/get_instruments"}
                assert len(message) > 60_000
                payload = msgspec.json.encode(listing)
                async with asyncio.timeout(60):
                    while not live.gateway.counts.dropped:
                        for _ in range(500):
                            await stuck.send(payload, text=True)
                        await asyncio.sleep(0)
                        if stuck.transport.is_closing() or not live.gateway.sessions:
                            break
                await until(lambda: live.gateway.counts.dropped == 1)
                stuck.transport.abort()
            assert await other.call("public/test")

    live_venue(scenario, Limits(max_unsent_bytes=200_000, anonymous_rate=1e9, anonymous_burst=1e9))


async def place(client: Client, count: int) -> None:
    for n in range(count):
        await client.buy((2_400 + n) / 1_000)


def test_orders_stay_when_a_connection_ends(live_venue: Runner) -> None:
    async def scenario(live: Live) -> None:
        async with live.client("alice") as alice:
            await place(alice, 3)
        await until(lambda: not live.gateway.sessions)
        assert len(await open_orders(live, "alice")) == 3

    live_venue(scenario)


def test_cancel_on_disconnect_cancels_this_connections_orders(live_venue: Runner) -> None:
    async def scenario(live: Live) -> None:
        async with live.client("alice") as stays, live.client("bob") as bob:
            await place(stays, 1)
            await place(bob, 1)
            async with live.client("alice") as alice:
                await place(alice, 2)
                await alice.call("private/enable_cancel_on_disconnect", scope="connection")
                state = await alice.call("private/get_cancel_on_disconnect", scope="connection")
                assert state == {"scope": "connection", "enabled": True}
                await place(alice, 2)
                assert len(await stays.call("private/get_open_orders")) == 5
                # Without a closing handshake, as a broken line would.
                alice.socket.transport.abort()
            await until(lambda: live.venue.core.books.live == 2)
            assert len(await stays.call("private/get_open_orders")) == 1
            assert len(await bob.call("private/get_open_orders")) == 1

    live_venue(scenario)


def test_orders_on_their_way_when_the_line_breaks_are_cancelled_too(live_venue: Runner) -> None:
    async def scenario(live: Live) -> None:
        async with live.client("alice") as alice:
            await alice.call("private/enable_cancel_on_disconnect", scope="connection")
            for _ in range(300):
                await alice.post("private/buy", instrument_name=NAME, amount=1, price=2.4)
            await alice.socket.close()
        await until(lambda: not live.gateway.sessions)
        # Sequenced behind all orders, so that none is on its way any more.
        await live.venue.execute(Command(CommandKind.CANCEL_ALL, live.venue.accounts["bob"]))
        assert live.venue.core.seq > 300
        await until(lambda: live.venue.core.books.live == 0)
        assert live.venue.core.seq > 600

    live_venue(scenario)


def test_logout_leaves_orders_whatever_was_asked(live_venue: Runner) -> None:
    async def scenario(live: Live) -> None:
        async with live.client("alice") as alice:
            tokens = await alice.authenticate(live.credentials["alice"])
            await alice.call("private/enable_cancel_on_disconnect", scope="connection")
            await place(alice, 2)
            assert await alice.call("private/logout") == "ok"
            assert await alice.closed() == 1000
        await until(lambda: not live.gateway.sessions)
        assert len(await open_orders(live, "alice")) == 2
        async with live.client() as stranger:
            error = await stranger.refused(
                "private/get_open_orders", access_token=tokens["access_token"]
            )
            assert error["code"] == 13009

    live_venue(scenario)


def test_cancel_on_disconnect_of_an_account_holds_for_new_connections(
    live_venue: Runner,
) -> None:
    async def scenario(live: Live) -> None:
        async with live.client("alice") as alice:
            await alice.call("private/enable_cancel_on_disconnect", scope="account")
        async with live.client("alice") as alice:
            assert (await alice.call("private/get_cancel_on_disconnect"))["enabled"]
            await place(alice, 2)
        await until(lambda: not live.gateway.sessions and live.venue.core.books.live == 0)
        async with live.client("alice") as alice:
            await alice.call("private/disable_cancel_on_disconnect", scope="account")
            await place(alice, 1)
        await until(lambda: not live.gateway.sessions)
        async with live.client("bob") as bob:
            assert not (await bob.call("private/get_cancel_on_disconnect"))["enabled"]
        assert len(await open_orders(live, "alice")) == 1

    live_venue(scenario)


class Pipe:
    """A transport whose reader is as far behind as a test says."""

    def __init__(self) -> None:
        self.unsent_bytes = 0
        self.written: list[bytes] = []
        self.aborted = False

    def write(self, wire: bytes) -> None:
        self.written.append(wire)

    def get_write_buffer_size(self) -> int:
        return self.unsent_bytes

    def is_closing(self) -> bool:
        return self.aborted

    def abort(self) -> None:
        self.aborted = True


def test_a_reader_that_is_behind_gets_the_state_when_it_has_caught_up(
    live_venue: Runner,
) -> None:
    async def scenario(live: Live) -> None:
        channel = f"ticker.{NAME}.raw"
        pipe: Any = Pipe()
        close_code: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        session = Session(live.gateway, pipe, close_code)
        session.subscriber.subscribe([channel])
        session.flush_public()
        assert len(pipe.written) == 1
        pipe.unsent_bytes = live.gateway.limits.conflate_bytes + 1
        async with live.client("alice") as alice:
            await alice.buy(2.4)
            await alice.buy(2.41)
            session.flush_public()
            assert len(pipe.written) == 1
            session.check(100.0, 0)
            session.check(100.0 + live.gateway.limits.stalled_s, 0)
            assert not pipe.aborted
            pipe.unsent_bytes = 0
            session.check(1_000.0, 0)
            session.flush_public()
            assert len(pipe.written) == 2
            assert b'"best_bid_price":2.41' in pipe.written[1]
        pipe.unsent_bytes = live.gateway.limits.conflate_bytes + 1
        session.check(2_000.0, 0)
        assert not pipe.aborted
        session.check(2_000.1 + live.gateway.limits.stalled_s, 0)
        assert pipe.aborted
        assert live.gateway.counts.dropped == 1
        session.end()

    live_venue(scenario)


def test_a_bracket_is_one_request_and_leaves_with_its_connection(live_venue: Runner) -> None:
    legs = [
        {"direction": "sell", "price": 2.6, "label": "take"},
        {
            "direction": "sell",
            "type": "stop_market",
            "trigger": "mark_price",
            "trigger_price": 2.3,
            "label": "stop",
        },
    ]

    async def scenario(live: Live) -> None:
        async with live.client("alice") as alice, live.client("bob") as bob:
            await alice.call("private/enable_cancel_on_disconnect")
            await alice.call("private/subscribe", channels=["user.orders.any.any.raw"])
            await alice.post(
                "private/buy",
                instrument_name=NAME,
                amount=1,
                price=2.45,
                linked_order_type="one_triggers_one_cancels_other",
                otoco_config=legs,
            )
            told = [await alice.notified("user.orders.any.any.raw") for _ in range(3)]
            assert [order["order_state"] for order in told] == ["open", *["untriggered"] * 2]
            assert [order["label"] for order in told] == ["", "take", "stop"]
            bracket = [CommandKind.SUBMIT, CommandKind.LINKED, CommandKind.LINKED]
            assert bracket in kinds_of(live)
            await bob.call("private/sell", instrument_name=NAME, amount=1, price=2.45)
            filled = await alice.notified("user.orders.any.any.raw")
            assert (filled["order_state"], filled["order_id"]) == ("filled", told[0]["order_id"])
            assert len(await open_orders(live, "alice")) == 2
        # Neither leg was a request of its own, and yet both were this connection's.
        await until(lambda: live.venue.core.books.live == 0)

    live_venue(scenario)
