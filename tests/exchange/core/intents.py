"""Random commands: drawn before anything is known, made concrete when their turn comes."""

from __future__ import annotations

import os
import random
from collections.abc import Sequence
from typing import Any, NamedTuple

from hypothesis import settings
from hypothesis import strategies as st

from exchange.core import layout as at
from exchange.core.commands import Command
from exchange.core.layout import CommandKind, EventKind, Instruction, State
from tests.exchange.core.lab import USD, Lab, listing, opening, perpetual, spec

EXAMPLES = int(os.environ.get("CORE_EXAMPLES", "40"))
LONGEST = int(os.environ.get("CORE_LONGEST", "150"))
bounded = settings(max_examples=EXAMPLES)

INT64 = (1 << 63) - 1
DEPOSITS = (50_000_000 * USD, 1_000_000 * USD, 200_000 * USD, 9_000 * USD)


COLD = (
    CommandKind.OPEN_ACCOUNT,
    CommandKind.TRANSFER,
    CommandKind.LIST_INSTRUMENT,
    CommandKind.SET_STATE,
    CommandKind.PRINT_INDEX,
    CommandKind.MARK,
    CommandKind.MARK,
    CommandKind.FUND,
)


class Intent(NamedTuple):
    """A command whose order, price and size are still relative to the market."""

    verb: str
    account: int = 0
    instrument: int = 0
    side: int = 0
    tif: int = 0
    instructions: int = 0
    offset_ticks: int = 0
    qty_lots: int = 0
    order: int = 0
    amount: int = 0
    label: str = ""

    def command(self, lab: Lab, order_ids: list[int]) -> Command:
        """Return the command as things stand."""
        core = lab.core
        known = 0 <= self.instrument < len(core.specs)
        mark = int(core.instrument(self.instrument)[at.INSTRUMENT_MARK_TICKS]) if known else 0
        price = self.offset_ticks if abs(self.offset_ticks) > 10**6 else mark + self.offset_ticks
        if self.verb in ("cancel", "amend"):
            # Live orders more often than dead ones.
            alive = [i for i in order_ids[-40:] if core.books.order(i) is not None]
            recent = alive if alive and self.order % 4 else order_ids[-12:]
            order_id = (
                recent[self.order % len(recent)] if recent and self.order >= 0 else self.order
            )
            book_order = core.books.order(order_id)
            if book_order is not None and abs(self.offset_ticks) <= 10**6:
                price = book_order.price_ticks + self.offset_ticks
            owner = book_order.owner if book_order and self.account < 4 else self.account % 4
            kind = CommandKind.CANCEL if self.verb == "cancel" else CommandKind.AMEND
            return Command(
                kind,
                owner,
                order_id=order_id,
                instructions=Instruction.WHOLE_SIZE if self.side else 0,
                price_ticks=price,
                qty_lots=self.qty_lots,
            )
        if self.verb == "cold":
            return self._cold(price)
        kind = {"submit": CommandKind.SUBMIT, "cancel_all": CommandKind.CANCEL_ALL}.get(
            self.verb, 7
        )
        return Command(
            kind,
            self.account,
            self.instrument,
            order_id=self.order,
            side=self.side,
            tif=self.tif,
            instructions=self.instructions,
            price_ticks=price,
            qty_lots=self.qty_lots,
            text=self.label,
        )

    def _cold(self, price: int) -> Command:
        # Settlement ends an instrument, so it is drawn least.
        kind = COLD[self.order % len(COLD)] if self.label != "a" else CommandKind.SETTLE
        if kind == CommandKind.OPEN_ACCOUNT:
            return opening(self.label, abs(max(self.amount, -INT64)), self.qty_lots % 9)
        if kind == CommandKind.LIST_INSTRUMENT:
            margin = 250_000 if self.tif != 2 else 2_000_000
            return listing(spec(self.label or "GPU1-31DEC26", initial_margin_ppm=margin))
        price = 0 if self.instrument == -1 or self.side else price
        return Command(
            kind,
            self.account,
            self.instrument,
            price_ticks=price,
            qty_lots=self.qty_lots % 5 if self.tif else State.OPEN,
            amount_micros=self.amount,
            text="b200_usd" if self.tif == 1 else "h100_usd",
        )


TERMS = (
    [(0, 0)] * 50
    + [(1, 0), (2, 0), (0, 1), (0, 1), (0, 2), (1, 2), (2, 2), (1, 4), (2, 4), (0, 6), (1, 6)]
    + [(3, 0), (-1, 0), (0, 8), (1, 1), (0, 3), (0, 4), (INT64, 0), (0, -1)]
)
ENDS = (INT64, -INT64 - 1)


class Draw:
    """Fields drawn from one seed: usual ones, and now and then a strange one."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def one_of(self, choices: Sequence[Any]) -> Any:
        """Return one of these."""
        return self._random.choice(choices)

    def usually(self, low: int, high: int, *strange: int) -> int:
        """Return a number of the range, or one time in twenty a strange one."""
        if strange and self._random.random() < 0.05:
            return self._random.choice(strange)
        return self._random.randint(low, high)

    def intent(self) -> Intent:
        """Return the next command."""
        verb = self._random.choices(
            ["submit", "cancel", "amend", "cancel_all", "cold", "unknown"],
            [66, 6, 12, 1.5, 14, 0.5],
        )[0]
        tif, instructions = self.one_of(TERMS)
        return Intent(
            verb,
            self.usually(0, 3, -1, 4, 5, 15, 16, 99, *ENDS),
            self.one_of([0, 0, 0, 1, 1, 2, 2, self.usually(-1, 3, -2, *ENDS)]),
            self.usually(0, 1, 2, -1),
            tif,
            instructions,
            self.usually(-4, 4, -60, 60, 31, -31, -5_000, 50_000, *ENDS),
            self.one_of([1, 2, 5, self.usually(1, 60, 0, -1, 300, 501, 20_000, *ENDS)]),
            self.usually(0, 11, -1, *ENDS),
            self._amount(),
            self.one_of(["", "", "", "", "", "", *"abcdefghijkl"]),
        )

    def _amount(self) -> int:
        return int(
            self.one_of(
                [
                    self.usually(2_500_000, 3_500_000, 0, 1, 10**12, 10**15, -(10**12), *ENDS),
                    self._random.randint(-(10**11), 10**11),
                ]
            )
        )


def _drawn(seed: int, length: int) -> list[Intent]:
    draw = Draw(seed)
    return [draw.intent() for _ in range(length)]


many = st.builds(_drawn, st.integers(0, 2**32 - 1), st.integers(LONGEST // 2, LONGEST))
"""Lists of intents; a shorter list of the same seed is its beginning."""


def market() -> Lab:
    """Four accounts, rich to penniless, and three instruments, one with close limits."""
    return Lab(
        spec(),
        perpetual(),
        spec("GPU1-29JAN27", max_order_lots=40, max_position_lots=50, reference_ticks=5),
        deposits=DEPOSITS,
        max_orders=14,
    )


def accepted_ids(events: list[list[int]]) -> list[int]:
    """The order ids that these events accepted."""
    return [e[at.EVENT_ORDER_ID] for e in events if e[at.EVENT_KIND] == EventKind.ACCEPTED]


def concrete(intents: list[Intent]) -> Lab:
    """A market after these intents, each its own batch."""
    lab = market()
    order_ids: list[int] = []
    for intent in intents:
        order_ids += accepted_ids(lab.do(intent.command(lab, order_ids)))
    return lab
