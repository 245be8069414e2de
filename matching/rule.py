"""The rule by which a book matches, as it is given."""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple

from matching.layout import MAX_QTY_LOTS, MAX_TIME_NS

PPM = 10**6


class Algorithm(IntEnum):
    """How a book matches. The rules of each: docs/matching.md."""

    PRICE_TIME = 0
    PRO_RATA = 1
    FIFO_TOP = 2
    BATCH_AUCTION = 3


class MatchingRule(NamedTuple):
    """A book's algorithm and its numbers; those that it does not use are what they are by themselves.

    minimum_lots: what pro-rata allocates at least, smaller shares become nothing. top_ppm, top_lots: what
    the top order gets of an aggressor at most, as a share and in lots (top_lots 0: it has no priority).
    batch_ns: how long orders gather for a batch auction.
    """

    algorithm: Algorithm = Algorithm.PRICE_TIME
    minimum_lots: int = 1
    top_ppm: int = PPM
    top_lots: int = 0
    batch_ns: int = 0

    def check(self) -> None:
        """Raise ValueError where a number is out of bounds, or given to an algorithm that has no use for it."""
        shares = self.algorithm == Algorithm.PRO_RATA
        has_top = shares or self.algorithm == Algorithm.FIFO_TOP
        gathers = self.algorithm == Algorithm.BATCH_AUCTION
        plain = MatchingRule(self.algorithm)
        if not (
            1 <= self.minimum_lots <= MAX_QTY_LOTS
            and 1 <= self.top_ppm <= PPM
            and 0 <= self.top_lots <= MAX_QTY_LOTS
            and 0 <= self.batch_ns <= MAX_TIME_NS
            and (shares or self.minimum_lots == plain.minimum_lots)
            and (has_top or (self.top_ppm, self.top_lots) == (plain.top_ppm, plain.top_lots))
            and (self.top_lots > 0 or self.algorithm != Algorithm.FIFO_TOP)
            and gathers == (self.batch_ns > 0)
        ):
            raise ValueError(f"not a rule for matching: {self}")

    def batch_end_ns(self, now_ns: int) -> int:
        """Return when the batch that gathers now ends, 0 where none does: the next whole interval of time."""
        return (now_ns // self.batch_ns + 1) * self.batch_ns if self.batch_ns else 0


PRICE_TIME = MatchingRule()
