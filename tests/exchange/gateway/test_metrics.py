"""Figures for Prometheus, read back with Prometheus' own parser."""

from __future__ import annotations

from prometheus_client.parser import text_string_to_metric_families

from exchange.core.commands import Command
from exchange.core.layout import CommandKind
from tests.exchange.gateway.live import Live, Runner


def figures(text: str) -> dict[str, float]:
    return {
        sample.name + "".join(sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_what_prometheus_reads_is_what_the_venue_did(live_venue: Runner) -> None:
    async def scenario(live: Live) -> None:
        async with live.http() as http:
            before = figures((await http.get("/metrics")).text)
            for _ in range(3):
                await live.venue.execute(Command(CommandKind.ADVANCE))
            answer = await http.get("/metrics")
            assert answer.headers["content-type"].startswith("text/plain")
            after = figures(answer.text)
            assert after["cfx_log_seq"] == live.venue.core.seq
            assert after["cfx_commands_total"] - before["cfx_commands_total"] >= 3
            assert after["cfx_log_durabilityfsync"] == 1
            assert (after["cfx_ready"], after["cfx_log_waiting_commands"]) == (1, 0)
            live.venue.sequencer.failure = "the log cannot be written"
            assert figures((await http.get("/metrics")).text)["cfx_ready"] == 0
            live.venue.sequencer.failure = None

    live_venue(scenario)
