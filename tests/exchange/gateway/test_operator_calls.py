"""The operator's calls over real sockets: who may, what is logged, and that a replay tells the same."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import msgspec

from exchange import audit
from exchange.core import layout as at
from exchange.core import snapshot
from exchange.core.actions import Action
from exchange.core.layout import CommandKind
from exchange.gateway.keys import Credentials
from exchange.log.store import CommandLog
from tests.exchange.gateway.live import NAME, Live, Runner

HALT = {"state": "halted", "instrument_name": NAME, "reason": "a drill"}


def operator(running: Live, *scopes: str, name: str = "olivia") -> Credentials:
    return running.keys.create(name, scopes or ("operator:read_write",), created_ns=1)


def test_everybody_else_is_refused_and_nothing_is_even_logged(live_venue: Runner) -> None:
    async def scenario(running: Live) -> None:
        reader = operator(running, "operator:read")
        everything = running.keys.create(
            "alice",
            [f"{area}:read_write" for area in ("account", "trade", "wallet", "custody")],
            created_ns=1,
        )
        await running.quiet()
        digest = snapshot.digest(running.venue.core)
        calls: list[tuple[str, dict[str, Any]]] = [
            ("operator/set_state", HALT),
            ("operator/transfer", {"account": "alice", "amount": 1, "reason": "please"}),
            ("operator/set_mark", {"instrument_name": NAME, "price": 2, "reason": "please"}),
        ]
        for key in (reader, everything):
            async with running.client() as client:
                await client.authenticate(key)
                for method, params in calls:
                    error = await client.refused(method, **params)
                    assert (error["code"], error["data"]["param"]) == (13021, "scope")
        async with running.client() as client, running.http() as http:
            assert (await client.refused("operator/set_state", **HALT))["code"] == 10000
            assert (await http.get("/api/v2/operator/status")).json()["error"]["code"] == 10000
            await client.authenticate(everything, scope="operator:read_write")
            assert (await client.refused("operator/set_state", **HALT))["code"] == 13021
        assert snapshot.digest(running.venue.core) == digest

    live_venue(scenario)


def test_an_operators_key_has_no_account_to_trade_or_look_into(live_venue: Runner) -> None:
    async def scenario(running: Live) -> None:
        async with running.client() as client:
            await client.authenticate(operator(running, name="alice"))
            order = {"instrument_name": NAME, "amount": 1, "price": 2.5}
            for method, params in (
                ("private/buy", order),
                ("private/get_account_summary", {"currency": "USD"}),
                ("private/get_positions", {}),
                ("private/subscribe", {"channels": ["user.orders.any.any.raw"]}),
                ("private/cancel_all", {}),
                ("private/logout", {}),
            ):
                assert (await client.refused(method, **params))["code"] == 13021, method
            seen = await client.call("operator/status")
            assert seen["venue"]["accounts"] == 2

    live_venue(scenario)


def test_a_call_by_get_is_an_action_too(live_venue: Runner) -> None:
    async def scenario(running: Live) -> None:
        async with running.client() as client, running.http() as http:
            granted = await client.authenticate(operator(running), scope="session:desk")
            header = {"Authorization": f"Bearer {granted['access_token']}"}
            answer = await http.get("/api/v2/operator/set_state", params=HALT, headers=header)
            assert answer.json()["result"]["instruments"][0]["state"] == "halted"
            (taken,) = running.venue.views.actions.newest()
            assert (taken.action.operator, taken.action.reason) == ("olivia", "a drill")

    live_venue(scenario)


def test_actions_stay_with_their_commands_between_orders_and_a_replay_tells_the_same(
    live_venue: Runner, tmp_path: Path
) -> None:
    ended: dict[str, Any] = {}

    async def scenario(running: Live) -> None:
        async with running.client("alice") as alice, running.client() as client:
            await client.authenticate(operator(running))

            async def trade() -> None:
                for number in range(60):
                    await alice.ask(
                        "private/buy", instrument_name=NAME, amount=1, price=2.4 + number / 1000
                    )

            async def operate() -> None:
                for number in range(30):
                    await client.call(
                        "operator/set_mark",
                        currency="any",
                        move_percent=1 - 2 * (number % 2),
                        reason=f"move {number}",
                    )
                await client.refused(
                    "operator/transfer", account="bob", amount=-999_999_999, reason="too much"
                )

            await asyncio.gather(trade(), operate())
            ended["core"] = running.venue.core
            ended["trail"] = await client.call("operator/list_actions", count=1000)

    live_venue(scenario)
    log = CommandLog(tmp_path, writable=False)
    batches = list(log.read())
    log.close()
    told = []
    for batch in batches:
        kinds = batch.rows[:, at.COMMAND_KIND].tolist()
        for place, kind in enumerate(kinds):
            if kind == CommandKind.ACTION:
                action = msgspec.json.decode(batch.texts[place], type=Action)
                commands = int(batch.rows[place, at.COMMAND_QTY_LOTS])
                own = kinds[place + 1 : place + 1 + commands]
                assert own == [
                    CommandKind.TRANSFER if action.reason == "too much" else CommandKind.MARK
                ]
                told.append((int(batch.rows[place, at.COMMAND_SEQ]), action.reason))
    assert [reason for _, reason in told] == [*(f"move {n}" for n in range(30)), "too much"]
    trail = ended["trail"]["actions"]
    assert [(one["seq"], one["reason"]) for one in reversed(trail)] == told
    assert trail[0]["refused"] == ["insufficient_funds"]
    assert audit.replay(tmp_path).digest == snapshot.digest(ended["core"])
    findings = list(audit.verify(tmp_path, every=10))
    assert findings
    assert not any(finding.problems for finding in findings)
