"""The mixes that are measured: the futures-like one at two sizes, and those that hurt some design.

None is drawn to suit the ladder: all run in a book of the exchange's own width (``flow.LEVELS``).
"""

from __future__ import annotations

import numpy as np

from benchmarks.flow import LEVELS, MESSAGES_PER_CHUNK, Flow, FlowGenerator, Mix, Rows, Verb
from matching.layout import Side

JUMP_CHUNKS = 10
HIGHEST_MID_TICKS = LEVELS * 9 // 10

FUTURES = Mix(
    "futures",
    "futures-like: 48 % add, 42 % cancel, 5 % amend, 5 % marketable, passive 25 ticks from the mid",
    live=10_000,
    distance_ticks=25,
)
LARGE = FUTURES._replace(
    name="large",
    text="the same with 500,000 live orders, 250 ticks from the mid",
    live=500_000,
    distance_ticks=250,
)
JUMPS = FUTURES._replace(
    name="jumps",
    text=f"the same with 5,000 live; every {JUMP_CHUNKS * MESSAGES_PER_CHUNK:,} messages the price jumps"
    " by 50 %: one order sweeps a side, stale orders stay behind the gap",
    live=5_000,
)
SPARSE = Mix(
    "sparse",
    f"sparse deep book: 2,000 orders spread evenly over {LEVELS:,} prices",
    live=2_000,
    distance_ticks=0,
    reach_ticks=LEVELS,
)
ONE_LEVEL = Mix(
    "one-level",
    "one level a side: 10,000 live; 50 % add, 45 % cancel, 5 % marketable",
    live=10_000,
    distance_ticks=1,
    add=0.50,
    cancel=0.45,
    amend=0.0,
    moves=False,
)
STORM = Mix(
    "storm",
    "all-cancel storms: 10,000 orders enter, all are cancelled one by one in random order",
    live=10_000,
    distance_ticks=25,
)
SWEEPS = Mix(
    "sweeps",
    "sweep-heavy: 85 % add, 10 % cancel, 5 % take some 15 orders over several levels",
    live=2_000,
    distance_ticks=500,
    add=0.85,
    cancel=0.10,
    amend=0.0,
    reach_ticks=2_000,
)
MIXES = (FUTURES, LARGE, JUMPS, SPARSE, ONE_LEVEL, STORM, SWEEPS)


class JumpingFlow(FlowGenerator):
    """The price jumps by half of itself, up or down, and quotes follow it."""

    chunks_until_jump = JUMP_CHUNKS

    def chunk(self, count: int) -> None:
        """Draw the next messages; on a jump one sweep and the quotes that replace what it took."""
        if self.chunks_until_jump > 0:
            self.chunks_until_jump -= 1
            super().chunk(count)
            return
        self.chunks_until_jump = JUMP_CHUNKS
        up = self.mid_ticks * 1.5 <= HIGHEST_MID_TICKS
        if up and self.mid_ticks * 0.5 >= LEVELS // 10:
            up = bool(self.rng.integers(0, 2))
        self.mid_ticks = self.home_ticks = float(round(self.mid_ticks * (1.5 if up else 0.5)))
        side = Side.BUY if up else Side.SELL
        self.sweep(side, int(self.mid_ticks))
        self.add(max(0, min(self.mix.live - self.books.live, self.count - self.sent)))

    def sweep(self, side: Side, limit_ticks: int) -> None:
        """Take all that the other side has up to a price, with nothing left to rest."""
        lots = sum(
            qty_lots
            for price_ticks, qty_lots, _ in self.books.depth(0, Side(1 - side))
            if (price_ticks <= limit_ticks if side == Side.BUY else price_ticks >= limit_ticks)
        )
        if lots:
            self.send(np.array([[Verb.ADD, 0, side, limit_ticks, lots]], np.int64))


class StormFlow(FlowGenerator):
    """All orders leave one by one, then as many enter."""

    leaving: Rows = np.zeros(0, np.int64)

    def chunk(self, count: int) -> None:
        """Send the next cancels, or the next adds once the book is empty and until it is full."""
        if not len(self.leaving) and self.books.live == self.mix.live:
            self.leaving = self.rng.permutation(np.flatnonzero(self.alive))
        if not len(self.leaving):
            self.add(min(count, self.mix.live - self.books.live))
            return
        chosen, self.leaving = self.leaving[:count], self.leaving[count:]
        rows = np.zeros((len(chosen), 5), np.int64)
        rows[:, 0], rows[:, 1], rows[:, 2] = Verb.CANCEL, chosen, self.side[chosen]
        self.send(rows)


GENERATORS = {JUMPS.name: JumpingFlow, STORM.name: StormFlow}


def generate(mix: Mix, count: int, *, seed: int) -> Flow:
    """Return a stream of ``mix.live`` preloaded orders and ``count`` messages, a function of its arguments."""
    return GENERATORS.get(mix.name, FlowGenerator)(mix, count, seed).run()
