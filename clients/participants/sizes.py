"""Sizes that mean the same in every family: GPU-hours to lots."""

from __future__ import annotations

from marketdata.messages import Instrument


def lots_of(gpu_hours: float, listed: Instrument) -> int:
    """Return the lots that are nearest to so many GPU-hours, at least one.

    Of a binary an hour is a unit that pays a dollar.
    """
    return max(1, round(gpu_hours / max(1, listed.contract_hours)))


def hours_of(qty_lots: int, listed: Instrument) -> float:
    """Return the GPU-hours of a signed number of lots."""
    return float(qty_lots * max(1, listed.contract_hours))
