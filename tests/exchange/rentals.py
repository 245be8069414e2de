"""Made-up observations for indices: providers that rent at one price, with lists above it."""

from __future__ import annotations

from datetime import date

from exchange.indices.observations import Observation
from marketdata.days import NS_PER_DAY, day_number

HOUR_NS = 3_600 * 10**9
PROVIDERS = 8


def rentals(
    day: date,
    price_micros: int,
    *,
    underlying: str = "H100",
    hour: int = 20,
    providers: int = PROVIDERS,
) -> tuple[Observation, ...]:
    """Return a day's deals, a few of each provider between two hours of UTC, all at one price."""
    start_ns = day_number(day) * NS_PER_DAY + (hour - 1) * HOUR_NS
    return tuple(
        Observation(
            ts_ns=start_ns + (number * providers + provider) * 60 * 10**9,
            price_micros=price_micros,
            underlying=underlying,
            provider=f"provider-{provider}",
            cloud_type="neocloud",
            country="US",
            region="us-east",
            form="sxm",
            interconnect="infiniband",
            cpu="x86",
            cluster_gpus=8,
            rental="on_demand",
            executed=True,
            gpu_hours=100.0,
        )
        for number in range(3)
        for provider in range(providers)
    )
