"""Two futures of one size and tick and their spread, which trades with their books; what they are marked at."""

from __future__ import annotations

from tests.exchange.core.lab import USD, Lab, combo, spec

GPU1, GPU2, SPREAD = range(3)
HOURS = 730


def market(deposit_micros: int = 10**6 * USD, **changes: object) -> Lab:
    """GPU1 is marked at 300 ticks and GPU2 at 280, their spread at 20; makers of it pay 1 $ a lot."""
    second = spec("GPU2-31DEC26", family="GPU2", reference_ticks=280)
    terms = {"tick_micros": 10_000, "implied": True, "maker_fee_micros": USD, **changes}
    return Lab(spec(), second, combo(**terms), deposits=(deposit_micros,) * 4)
