"""Credit grades: how often a company of each defaults in a year, and what a loan to it costs.

The coupons span the 7 to 17 % at which loans against GPUs are reported; how they fall to the grades,
and the default rates, which have the order of magnitude of rating agencies' long-run averages, are
this simulator's defaults and no published values.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec


class Grade(StrEnum):
    """Credit of an offtaker or a tranche, best first."""

    AA = "AA"
    A = "A"
    BBB = "BBB"
    BB = "BB"
    B = "B"
    CCC = "CCC"


class Credit(msgspec.Struct, frozen=True):
    """What a grade stands for, all in parts per million a year."""

    default_ppm: int
    senior_rate_ppm: int
    junior_rate_ppm: int


CREDIT: dict[Grade, Credit] = {
    Grade.AA: Credit(200, 70_000, 100_000),
    Grade.A: Credit(600, 75_000, 105_000),
    Grade.BBB: Credit(2_000, 85_000, 115_000),
    Grade.BB: Credit(9_000, 100_000, 130_000),
    Grade.B: Credit(35_000, 120_000, 150_000),
    Grade.CCC: Credit(200_000, 140_000, 170_000),
}


def survival(default_ppm: int, years: float) -> float:
    """Return the probability of no default within so many years at a constant yearly rate."""
    return float((1 - default_ppm / 1e6) ** years)
