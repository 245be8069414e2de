"""What Prometheus may read of a running exchange at ``/metrics``.

Names and units: https://prometheus.io/docs/practices/naming/.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

if TYPE_CHECKING:
    from exchange.gateway.gateway import Gateway

CONTENT_TYPE = CONTENT_TYPE_LATEST

_COUNTERS = {
    "commands": ("cfx_commands", "Commands that were made durable and applied since the start."),
    "batches": ("cfx_batches", "Group commits since the start."),
    "trades": ("cfx_trades", "Trades since the market began."),
    "log_blocks": ("cfx_log_blocks", "How often the log took nothing for a while."),
}
_GAUGES = {
    "seq": ("cfx_log_seq", "Sequence number of the last command."),
    "waiting": ("cfx_log_waiting_commands", "Commands that wait for the log."),
    "max_waiting": ("cfx_log_waiting_limit_commands", "Beyond this, commands are refused."),
    "live_orders": ("cfx_live_orders", "Orders that are open."),
    "uptime_s": ("cfx_uptime_seconds", "Since the exchange started."),
}


class VenueCollector(Collector):
    """Reads a venue's status when Prometheus asks."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    def collect(self) -> Iterator[Metric]:
        """Yield the status, a metric a figure."""
        status = self._gateway.venue.status
        for key, (name, meaning) in _COUNTERS.items():
            yield CounterMetricFamily(name, meaning, value=status[key])
        for key, (name, meaning) in _GAUGES.items():
            yield GaugeMetricFamily(name, meaning, value=status[key])
        yield GaugeMetricFamily("cfx_ready", "Whether commands are taken.", value=status["ready"])
        yield GaugeMetricFamily(
            "cfx_sessions", "Open WebSocket sessions.", value=len(self._gateway.sessions)
        )
        durability = GaugeMetricFamily(
            "cfx_log_durability", "1 for what an acknowledged command survives.", labels=["mode"]
        )
        durability.add_metric([status["durability"]], 1)
        yield durability


def registry(gateway: Gateway) -> CollectorRegistry:
    """Return what `exposition` reads: this exchange alone, whatever else the process holds."""
    made = CollectorRegistry()
    made.register(VenueCollector(gateway))
    return made


def exposition(of: CollectorRegistry) -> bytes:
    """Return the present figures in Prometheus' text format."""
    return generate_latest(of)
