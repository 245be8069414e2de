"""What all connections share: revoked keys, expiry, and that one session does not see another's."""

from __future__ import annotations

import asyncio
import subprocess
import sys

from exchange.gateway.keys import KeyStore
from tests.exchange.gateway.live import WAIT_S, Live, Runner

REVOKE = """
import sys
from pathlib import Path
from exchange.gateway.keys import KeyStore
print(KeyStore(Path(sys.argv[1])).revoke(sys.argv[2], revoked_ns=1))
"""


def test_a_key_revoked_elsewhere_loses_sessions_and_tokens(live_venue: Runner) -> None:
    async def scenario(live: Live) -> None:
        alice_key, path = live.credentials["alice"], live.keys.path
        second = live.keys.create("alice", created_ns=2)
        async with live.client("bob") as bob, live.client("alice") as alice:
            async with live.client() as other:
                token = (await other.authenticate(second))["access_token"]
                assert token
                named = await alice.authenticate(alice_key, scope="session:x")
                command = [sys.executable, "-c", REVOKE, str(path), alice_key.client_id]
                done = await asyncio.to_thread(
                    subprocess.run, command, capture_output=True, text=True, timeout=WAIT_S
                )
                assert done.stdout.strip() == "True", done.stderr
                assert await alice.closed() == 1008
                error = await bob.refused(
                    "private/get_open_orders", access_token=named["access_token"]
                )
                assert error["code"] == 13009
                assert await other.call("private/get_open_orders") == []
                error = await bob.refused(
                    "public/auth", grant_type="client_credentials", **alice_key._asdict()
                )
                assert error["code"] == 13004
            assert await bob.call("private/get_open_orders") == []

    live_venue(scenario)


def test_a_key_added_elsewhere_serves_within_a_second(live_venue: Runner) -> None:
    async def scenario(live: Live) -> None:
        another = KeyStore(live.keys.path)
        added = another.create("bob", created_ns=3)
        another.close()
        async with live.client() as client, asyncio.timeout(WAIT_S):
            while True:
                answer = await client.ask(
                    "public/auth", grant_type="client_credentials", **added._asdict()
                )
                if "result" in answer:
                    break
                await asyncio.sleep(0.05)
            assert await client.call("private/get_open_orders") == []

    live_venue(scenario)


def test_counts_and_sessions_follow_connections(live_venue: Runner) -> None:
    async def scenario(live: Live) -> None:
        async with live.client() as first, live.client():
            assert len(live.gateway.sessions) == 2
            await first.refused("public/nothing")
        async with asyncio.timeout(WAIT_S):
            while live.gateway.sessions:
                await asyncio.sleep(0.01)
        counts = live.gateway.counts
        assert (counts.sessions, counts.requests, counts.refused) == (2, 1, 1)

    live_venue(scenario)
