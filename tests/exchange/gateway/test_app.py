"""Paths beside the dialect, and that they do not shadow one another."""

from __future__ import annotations

from tests.exchange.gateway.live import Live, Runner


def test_health_and_readiness(live_venue: Runner) -> None:
    async def scenario(live: Live) -> None:
        async with live.http() as http:
            assert (await http.get("/healthz")).json() == {"status": "ok"}
            assert (await http.get("/readyz")).status_code == 200
            live.venue.ready = False
            response = await http.get("/readyz")
            assert response.status_code == 503
            assert response.json()["ready"] is False
            assert (await http.get("/healthz")).status_code == 200

    live_venue(scenario)


def test_an_exchange_that_takes_no_more_commands_is_not_ready(live_venue: Runner) -> None:
    async def scenario(live: Live) -> None:
        async with live.http() as http:
            live.venue.sequencer.failure = "the log cannot be written: disk full"
            response = await http.get("/readyz")
            assert response.status_code == 503
            assert response.json()["failure"] == "the log cannot be written: disk full"
            live.venue.sequencer.failure = None

    live_venue(scenario)


def test_unknown_paths_are_not_found_and_similar_ones_are_not_the_dialect(
    live_venue: Runner,
) -> None:
    async def scenario(live: Live) -> None:
        async with live.http() as http:
            for path in ("/nothing", "/api/v3/public/test", "/api/v2x"):
                assert (await http.get(path)).status_code == 404
            assert (await http.get("/docs")).status_code == 200
            assert "/api/v2/private/buy" in (await http.get("/openapi.json")).json()["paths"]
            assert (await http.get("/ws/api/v2")).status_code == 404

    live_venue(scenario)
