"""Random commands: drawn before anything is known, made concrete when their turn comes."""

from __future__ import annotations

import os
from typing import Any, NamedTuple

import msgspec
from hypothesis import settings
from hypothesis import strategies as st

from exchange.core import layout as at
from exchange.core.commands import Command, Conditions
from exchange.core.guards import ProtectionSpec
from exchange.core.layout import CommandKind, EventKind, Instruction, State
from exchange.core.trades import TRADE_BUYER
from matching.book import Order
from matching.layout import INSTRUCTION_SHIFT, TRAILING, pack_terms
from tests.exchange.core.crashes import crash
from tests.exchange.core.draw import ENDS, INT64, Draw, Extra
from tests.exchange.core.lab import USD, Lab, listing, opening, perpetual, spec

EXAMPLES = int(os.environ.get("CORE_EXAMPLES", "24"))
LONGEST = int(os.environ.get("CORE_LONGEST", "150"))
bounded = settings(max_examples=EXAMPLES)

DEPOSITS = (
    50_000_000 * USD,
    1_000_000 * USD,
    200_000 * USD,
    9_000 * USD,
    60_000 * USD,
    3_000 * USD,
)

COLD = (
    CommandKind.OPEN_ACCOUNT,
    CommandKind.TRANSFER,
    CommandKind.LIST_INSTRUMENT,
    CommandKind.PRINT_INDEX,
    CommandKind.MARK,
    CommandKind.MARK,
    CommandKind.FUND,
    CommandKind.SET_DAY_END,
    CommandKind.SET_GROUP,
    CommandKind.SET_PROTECTION,
    CommandKind.SET_DEADLINE,
    CommandKind.KEEP_DEADLINES,
    CommandKind.RESET_PROTECTION,
    CommandKind.SET_PREVENTION,
)
CLEARING = (
    CommandKind.BLOCK_TRADE,
    CommandKind.BLOCK_TRADE,
    CommandKind.GIVE_UP,
    CommandKind.GIVE_UP,
    CommandKind.BUST,
    CommandKind.BUST,
    CommandKind.ADJUST,
    CommandKind.ADJUST,
    CommandKind.MOVE,
    CommandKind.MOVE,
    CommandKind.DAY_ROLL,
)
FAMILIES = ("GPU1", "H100", "other")
LABELS = [""] * 30 + list("abcdefghijklmnopqrstuvwxyz")
STATES = (State.PRE_OPEN, State.PRE_OPEN, State.HALTED, State.CLOSED, State.EXPIRED, 5, *ENDS)


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
    extra: Extra | None = None

    def commands(self, lab: Lab, order_ids: list[int]) -> list[Command]:
        """Return the command as things stand, and behind it those of the orders linked to it."""
        if self.verb in ("cancel", "amend"):
            return [self._of_order(lab, order_ids)]
        if self.verb == "cold":
            return [self._cold(lab)]
        kinds = {
            "cancel_all": CommandKind.CANCEL_ALL,
            "advance": CommandKind.ADVANCE,
            "state": CommandKind.SET_STATE,
        }
        if self.verb == "quote":
            return self._quotes(lab)
        if self.verb == "default":
            return [crash(self, self._row(lab)[at.INSTRUMENT_MARK_TICKS])]
        if self.verb == "clearing":
            return [self._clearing(lab)]
        if self.verb != "submit":
            # A book is opened more often than it is closed in whatever way.
            state = STATES[self.order % len(STATES)] if self.side == 0 else State.OPEN
            kind = kinds.get(self.verb, self.one_unknown())
            size = state if self.verb == "state" else self.qty_lots
            return [Command(kind, self.account, self.instrument, self.order, qty_lots=size)]
        instructions, conditions = self._conditions(lab)
        first = Command(
            CommandKind.SUBMIT,
            self.account,
            self.instrument,
            order_id=self.order,
            side=self.side,
            tif=self.tif,
            instructions=instructions,
            price_ticks=self._price(lab),
            qty_lots=self.qty_lots,
            text=self.label,
            conditions=conditions,
        )
        linked = self.extra.linked if self.extra else ()
        here = [other._replace(instrument=self.instrument) for other in linked]
        return [first, *(other.linked_command(lab) for other in here)]

    def _clearing(self, lab: Lab) -> Command:
        """Return what an operator enters or undoes, of a late trade more often than of an early one."""
        kind = CLEARING[self.order % len(CLEARING)]
        trades = int(lab.core.venue[at.VENUE_TRADES])
        trade_id = trades - abs(self.offset_ticks) % 9 if self.side == 0 else self.order
        other = (self.account + 1 + self.tif % 3) % 7 if abs(self.account) < 99 else self.account
        if kind == CommandKind.GIVE_UP and self.label:
            # One who took part, as far as the last trades are kept.
            kept = lab.core.trades.find(trade_id)
            account = self.account if kept is None else int(kept[TRADE_BUYER + self.tif % 2])
            return Command(kind, account, order_id=trade_id, qty_lots=other)
        if kind == CommandKind.BLOCK_TRADE:
            return Command(
                kind,
                self.account,
                self.instrument,
                other,
                price_ticks=self._price(lab),
                qty_lots=self.qty_lots,
                text=self.label,
            )
        if kind == CommandKind.DAY_ROLL:
            return Command(kind, qty_lots=self.qty_lots)
        size = other if kind in (CommandKind.GIVE_UP, CommandKind.MOVE) else self.qty_lots
        return Command(
            kind,
            self.account,
            self.instrument,
            trade_id,
            price_ticks=self._price(lab),
            qty_lots=size,
            amount_micros=self.amount,
        )

    def one_unknown(self) -> int:
        """Return a kind that is none."""
        return 8 if self.side else 31

    def _quotes(self, lab: Lab) -> list[Command]:
        linked = self.extra.linked if self.extra else ()
        claimed = len(linked) + (self.extra.claimed if self.extra else 0)
        first = Command(
            CommandKind.MASS_QUOTE,
            self.account,
            self.instrument,
            instructions=self.instructions,
            qty_lots=max(min(claimed, INT64), -INT64),
        )
        rows = [
            Command(
                CommandKind.LINKED,
                conditions=Conditions(
                    terms=other.side,
                    price_ticks=other._replace(instrument=self.instrument)._price(lab),
                    qty_lots=other.qty_lots,
                ),
            )
            for other in linked
        ]
        return [first, *rows]

    def linked_command(self, lab: Lab) -> Command:
        """Return the row of an order that is linked to the one before it."""
        instructions, conditions = self._conditions(lab)
        conditions = conditions or Conditions()
        terms = pack_terms(self.side, self.tif) | instructions << INSTRUCTION_SHIFT
        return Command(
            CommandKind.LINKED,
            text=self.label,
            conditions=conditions._replace(
                terms=terms, price_ticks=self._price(lab), qty_lots=self.qty_lots
            ),
        )

    def _row(self, lab: Lab) -> list[int]:
        known = 0 <= self.instrument < len(lab.core.specs)
        row: list[int] = lab.core.instrument(self.instrument).tolist() if known else [0] * 99
        return row

    def _price(self, lab: Lab) -> int:
        if abs(self.offset_ticks) > 10**6:
            return self.offset_ticks
        if self.verb == "submit" and self.instructions & Instruction.MARKET:
            return max(self.offset_ticks, 0)
        return self._row(lab)[at.INSTRUMENT_MARK_TICKS] + self.offset_ticks

    def _conditions(self, lab: Lab) -> tuple[int, Conditions | None]:
        extra = self.extra
        if extra is None:
            return self.instructions, None
        row = self._row(lab)
        trails = extra.trail_ticks != 0
        price = row[at.INSTRUMENT_LAST_TICKS] if extra.source == 1 else 0
        trigger = (price or row[at.INSTRUMENT_MARK_TICKS]) + extra.away_ticks
        if abs(extra.away_ticks) > 10**6:
            trigger = extra.away_ticks
        falls = (extra.away_ticks < 0) != bool(extra.turned)
        packed = pack_terms(
            0,
            0,
            0,
            prevention=extra.prevention,
            source=extra.source,
            when=int(falls),
            trailing=trails,
        )
        ends = extra.lasts_ns if abs(extra.lasts_ns) > 10**6 else lab.ts_ns + extra.lasts_ns
        return self.instructions | packed >> INSTRUCTION_SHIFT, Conditions(
            display_lots=extra.display_lots,
            minimum_lots=extra.minimum_lots,
            expiry_ns=ends if extra.lasts_ns else 0,
            trigger_ticks=trigger if extra.source and not trails else 0,
            trail_ticks=extra.trail_ticks,
            link=extra.link,
            linked=max(min(len(extra.linked) + extra.claimed, INT64), -INT64),
            complete=extra.complete,
        )

    def _of_order(self, lab: Lab, order_ids: list[int]) -> Command:
        books = lab.core.books
        price = self._price(lab)
        # Live orders more often than dead ones.
        alive = [i for i in order_ids[-40:] if books.order(i) is not None]
        recent = alive if alive and self.order % 4 else order_ids[-12:]
        order_id = recent[self.order % len(recent)] if recent and self.order >= 0 else self.order
        book_order = books.order(order_id)
        if book_order is not None and abs(self.offset_ticks) <= 10**6:
            price = book_order.price_ticks + self.offset_ticks
        return Command(
            CommandKind.CANCEL if self.verb == "cancel" else CommandKind.AMEND,
            book_order.owner if book_order and self.account < 5 else self.account % 6,
            order_id=order_id,
            instructions=(at.AMEND_WHOLE if self.side else 0) | self._amends_trigger,
            price_ticks=price,
            qty_lots=self.qty_lots,
            conditions=self._new_trigger(lab, book_order) if self._amends_trigger else None,
        )

    @property
    def _amends_trigger(self) -> int:
        return at.AMEND_TRIGGER if self.verb == "amend" and self.amount % 3 == 0 else 0

    def _new_trigger(self, lab: Lab, order: Order | None) -> Conditions:
        instrument = order.book if order else self.instrument
        ticks = self._replace(instrument=instrument)._row(lab)[at.INSTRUMENT_MARK_TICKS]
        if order is not None and order.terms & TRAILING:
            return Conditions(trail_ticks=1 + self.amount % 7)
        return Conditions(trigger_ticks=ticks + self.offset_ticks % 13 - 6)

    def _cold(self, lab: Lab) -> Command:
        # Settlement ends an instrument, so it is drawn least.
        kind = COLD[self.order % len(COLD)] if self.label != "a" else CommandKind.SETTLE
        amount, text = self.amount, "b200_usd" if self.tif == 1 else "h100_usd"
        if kind == CommandKind.OPEN_ACCOUNT:
            opened = opening(self.label, abs(max(self.amount, -INT64)), self.qty_lots % 9)
            return opened._replace(instrument=self.account if self.side else -1)
        if kind == CommandKind.LIST_INSTRUMENT:
            margin = 250_000 if self.tif != 2 else 2_000_000
            return listing(spec(self.label or "GPU1-31DEC26", initial_margin_ppm=margin))
        if kind in (CommandKind.SET_DAY_END, CommandKind.SET_DEADLINE) and abs(amount) < 10**12:
            amount = lab.ts_ns + amount % 40_000
        if kind == CommandKind.SET_PROTECTION:
            text = self._protection()
        elif kind == CommandKind.RESET_PROTECTION:
            text = FAMILIES[self.tif % 3]
        price = 0 if self.instrument == -1 or self.side else self._price(lab)
        return Command(
            kind,
            self.account,
            self.instrument,
            price_ticks=price,
            qty_lots=self.qty_lots % 5,
            amount_micros=amount,
            text=text,
        )

    def _protection(self) -> str:
        protection = ProtectionSpec(
            family=FAMILIES[self.tif % 3],
            interval_ns=20_000 * (self.side + 1),
            frozen_ns=5_000 * self.side,
            qty_limit_lots=abs(self.offset_ticks) % 20,
            delta_limit_hours=730 * (self.offset_ticks % 7),
        )
        return msgspec.json.encode(protection).decode()


def _intent(draw: Draw) -> Intent:
    verb = draw.random.choices(
        [
            *("submit", "cancel", "amend", "cancel_all", "quote"),
            *("cold", "clearing", "default", "state", "advance", "unknown"),
        ],
        [62, 6, 10, 1, 6, 9, 8, 6, 3, 5, 0.5],
    )[0]
    tif, instructions = draw.terms()
    extra = None
    if verb == "submit" and draw.chance(0.4):
        tif, instructions, extra = draw.extra(first=True)
        extra = extra._replace(linked=tuple(_linked(draw) for _ in extra.linked))
    if verb == "quote":
        instructions = draw.one_of([0, 0, 1, 9, 32, 33, 41, draw.usually(0, 0, 2, 16, -1)])
        entries = [_linked(draw) for _ in range(draw.random.randint(0, 4))]
        # Bids below, asks above, but for the odd one that would trade with its own other side.
        placed = [
            entry._replace(offset_ticks=entry.offset_ticks + 5 * entry.side - 2)
            for entry in entries
            if abs(entry.offset_ticks) < 10**6
        ]
        extra = Extra(claimed=draw.usually(0, 0, 1, *ENDS), linked=tuple(placed))
    return Intent(
        verb,
        draw.usually(0, 5, -1, 6, 7, 15, 16, 99, *ENDS),
        draw.one_of([0, 0, 0, 0, 0, 1, 1, 1, 2, 2, draw.usually(-1, 3, -2, *ENDS)]),
        draw.usually(0, 1, 2, -1),
        tif,
        instructions,
        draw.usually(-4, 4, -60, 60, 31, -31, -5_000, 50_000, *ENDS),
        draw.one_of([1, 2, 5, draw.usually(1, 60, 0, -1, 300, 501, 20_000, *ENDS)]),
        draw.usually(0, len(COLD) - 1, -1, *ENDS),
        _amount(draw),
        draw.one_of(LABELS),
        extra,
    )


def _linked(draw: Draw) -> Intent:
    tif, instructions, extra = 0, 0, None
    if draw.chance(0.7):
        tif, instructions, extra = draw.extra(first=False)
    return Intent(
        "submit",
        side=draw.usually(0, 1),
        tif=tif,
        instructions=instructions,
        offset_ticks=draw.usually(-4, 4, -60, 60, *ENDS),
        qty_lots=draw.usually(1, 5, 0, -1, 501, *ENDS),
        label=draw.one_of(LABELS),
        extra=extra,
    )


def _amount(draw: Draw) -> int:
    return int(
        draw.one_of(
            [
                draw.usually(2_500_000, 3_500_000, 0, 1, 10**12, 10**15, -(10**12), *ENDS),
                draw.random.randint(-(10**11), 10**11),
            ]
        )
    )


def drawn(seed: int, length: int) -> list[Intent]:
    """Return the first intents of a seed."""
    draw = Draw(seed)
    return [_intent(draw) for _ in range(length)]


many = st.builds(drawn, st.integers(0, 2**32 - 1), st.integers(LONGEST // 2, LONGEST))
"""Lists of intents; a shorter list of the same seed is its beginning."""


def market() -> Lab:
    """Six accounts, rich to penniless, and three instruments, one with close limits, one with a breaker."""
    return Lab(
        spec(),
        perpetual(
            breaker_move_ppm=1_000,
            breaker_window_ns=40_000,
            breaker_pause_ns=4_000,
            breaker_max_extensions=2,
        ),
        spec(
            "GPU1-29JAN27",
            max_order_lots=40,
            max_position_lots=50,
            reference_ticks=5,
            settlement_fee_micros=3 * USD // 2,
            block_minimum_lots=2,
        ),
        deposits=DEPOSITS,
        max_orders=14,
        parents=(-1, 0, -1, 1, 2, 2),
    )


def accepted_ids(events: list[list[int]]) -> list[int]:
    """The order ids that these events accepted."""
    return [e[at.EVENT_ORDER_ID] for e in events if e[at.EVENT_KIND] == EventKind.ACCEPTED]


def concrete(intents: list[Any]) -> Lab:
    """A market after these intents, each its own batch."""
    lab = market()
    order_ids: list[int] = []
    for intent in intents:
        order_ids += accepted_ids(lab.do(*intent.commands(lab, order_ids)))
    return lab
