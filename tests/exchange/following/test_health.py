"""What a follower answers to those who look after it."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from exchange.following import health
from exchange.following.follower import Lag
from exchange.following.health import READY_LAG_S, Health, HealthServer


def test_the_three_paths_over_http() -> None:
    state = [Health.of("recorder", 12, 5, Lag(0, 0.0))]

    async def ask() -> None:
        server = HealthServer(lambda: state[0], "127.0.0.1", 0)
        with pytest.raises(RuntimeError, match="not started"):
            _ = server.port
        await server.start()
        url = f"http://127.0.0.1:{server.port}"
        async with httpx.AsyncClient(timeout=60) as client:
            assert (await client.get(f"{url}/healthz")).text == "ok\n"
            ready = await client.get(f"{url}/readyz")
            assert (ready.status_code, ready.json()["seq"], ready.json()["role"]) == (
                200,
                12,
                "recorder",
            )
            state[0] = Health.of("recorder", 12, 5, Lag(7, READY_LAG_S))
            behind = await client.get(f"{url}/readyz")
            assert (behind.status_code, behind.json()["lag_commands"]) == (503, 7)
            lines = (await client.get(f"{url}/metrics")).text.splitlines()
            assert 'cfx_follower_lag_commands{role="recorder"} 7' in lines
            assert f'cfx_follower_lag_seconds{{role="recorder"}} {READY_LAG_S}' in lines
            assert "# TYPE cfx_follower_commands_total counter" in lines
            assert (await client.get(f"{url}/elsewhere")).status_code == 404
        await server.close()

    asyncio.run(ask())


def test_other_paths_are_left_to_whoever_serves_them() -> None:
    state = Health.of("marketdata", 1, 1, Lag(0, 0.0))
    assert health.answer("/ws/api/v2", lambda: state) is None
    assert health.answer("/healthz?x=1", lambda: state) is not None
