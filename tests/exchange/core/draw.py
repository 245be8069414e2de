"""Fields of random commands, drawn from one seed: usual ones, and now and then a strange one."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any, NamedTuple

from exchange.core.layout import Instruction
from matching.layout import Link, Prevention, TimeInForce

INT64 = (1 << 63) - 1
ENDS = (INT64, -INT64 - 1)
MARKET_TO_LIMIT = Instruction.MARKET | Instruction.MARKET_TO_LIMIT
REPRICE = Instruction.POST_ONLY | Instruction.REPRICE
REDUCE_ONLY = Instruction.REDUCE_ONLY
PROTECTED = Instruction.PROTECTED

TERMS = (
    [(0, 0)] * 50
    + [(1, 0), (2, 0), (0, 1), (0, 1), (0, 2), (1, 2), (2, 2), (1, 16), (2, 16), (0, 18), (1, 18)]
    + [(0, 16), (0, 16), (0, 6), (0, 6), (0, 9), (0, 32), (1, 32), (0, 33)]
)
WRONG_TERMS = [
    (5, 0),
    (-1, 0),
    (0, 8),
    (1, 1),
    (0, 3),
    (0, 4),
    (INT64, 0),
    (0, -1),
    (0, 64),
    (0, 1 << 40),
]


class Extra(NamedTuple):
    """What few orders say, still relative to the market; 0 says nothing."""

    prevention: int = 0
    source: int = 0
    away_ticks: int = 0
    """How far the trigger is from the source's price; the sign is the direction in which it is reached."""
    turned: int = 0
    """1: the trigger waits for the other direction, and so is reached already."""
    trail_ticks: int = 0
    display_lots: int = 0
    minimum_lots: int = 0
    lasts_ns: int = 0
    link: int = 0
    complete: int = 0
    claimed: int = 0
    """How many linked orders more, or fewer, the first order claims than there are."""
    linked: tuple[Any, ...] = ()
    """Intents of the orders that are linked to it."""


class Draw:
    """A stream of choices."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.strangeness = self.random.choice([0.0, 0.01, 0.05])

    def chance(self, share: float) -> bool:
        """Say yes as often as this."""
        return self.random.random() < share

    def one_of(self, choices: Sequence[Any]) -> Any:
        """Return one of these."""
        return self.random.choice(choices)

    def usually(self, low: int, high: int, *strange: int) -> int:
        """Return a number of the range, or now and then a strange one."""
        if strange and self.chance(self.strangeness):
            return self.one_of(strange)  # type: ignore[no-any-return]
        return self.random.randint(low, high)

    def terms(self) -> tuple[int, int]:
        """Return time in force and instructions of an ordinary order."""
        wrong = self.chance(self.strangeness)
        return self.one_of(WRONG_TERMS if wrong else TERMS)  # type: ignore[no-any-return]

    def extra(self, *, first: bool) -> tuple[int, int, Extra]:
        """Return time in force, instructions and conditions of an order that says something special."""
        tif, instructions = 0, 0
        fields: dict[str, int] = {}
        for kind in self.random.sample(SPECIAL, self.one_of([1, 1, 1, 2, 3])):
            if kind == "stop":
                fields |= {
                    "source": self.one_of([1, 1, 2, 3]),
                    "turned": int(self.chance(self.strangeness)),
                }
                fields["away_ticks"] = self.usually(-6, 6, 60, -60, *ENDS)
            elif kind == "trailing":
                fields |= {"source": self.one_of([1, 2, 3]), "trail_ticks": self.usually(1, 5, -1)}
                fields["away_ticks"] = self.one_of([-1, 1])
            elif kind == "iceberg":
                fields["display_lots"] = self.usually(1, 3, -1, 90, *ENDS)
            elif kind == "minimum":
                fields["minimum_lots"] = self.usually(1, 3, -1, 90, *ENDS)
            elif kind == "ends":
                tif = self.one_of([TimeInForce.GTD, TimeInForce.GTD, TimeInForce.DAY])
                if tif == TimeInForce.GTD:
                    fields["lasts_ns"] = self.usually(500, 30_000, 0, -9, *ENDS)
            elif kind == "terms":
                instructions |= self.one_of(
                    [REDUCE_ONLY, REDUCE_ONLY, PROTECTED, MARKET_TO_LIMIT, REPRICE, 1, 2]
                )
            else:
                fields["prevention"] = self.usually(1, Prevention.DECREMENT, 5)
        linked: tuple[Any, ...] = ()
        if first and self.chance(0.3):
            fields |= {
                "link": self.usually(1, Link.OTOCO, 4, -1),
                "complete": self.usually(0, 1, 2),
            }
            fields["claimed"] = self.usually(0, 0, 1, *ENDS)
            linked = tuple(range(self.one_of([1, 2, 2, 3])))
        return tif, instructions, Extra(**fields, linked=linked)


SPECIAL = (
    *("stop", "stop", "stop", "trailing", "iceberg", "iceberg", "minimum"),
    *("ends", "ends", "terms", "terms", "terms", "prevention", "prevention"),
)
