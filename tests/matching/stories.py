"""Random lives of a few books: every verb and every kind of order, in proportions that each seed draws anew.

A step is a call on the books as plain values, so that a story can be told to the compiled books and to
the oracle alike, printed, and told again.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from matching.layout import (
    COMMAND_COLUMNS,
    CONDITION_COLUMNS,
    MAX_ORDERS,
    SOURCE_MASK,
    SOURCE_SHIFT,
    TRAILING,
    CommandKind,
    EventKind,
    Instruction,
    Link,
    Prevention,
    State,
    TimeInForce,
    TriggerSource,
    TriggerWhen,
    pack_terms,
)
from matching.rule import PRICE_TIME, Algorithm, MatchingRule

LEVELS = 4096
BASES_TICKS = (0, 50, -2100)
_OF_CYCLES = (EventKind.IMPLIED, EventKind.IMPLIED_LEG)
MIDDLES_TICKS = (100, 150, 0)  # the third book trades on both sides of zero
OWNERS = 6
RECENT = 30
INT64_MAX = (1 << 63) - 1
INT64_MIN = -(1 << 63)

FEATURES = (
    "market",
    "to_limit",
    "post_only",
    "reprice",
    "iceberg",
    "minimum",
    "reduce_only",
    "protected",
    "prevention",
    "ioc",
    "fok",
    "day",
    "gtd",
    "trigger",
    "trailing",
    "links",
    "strange",
)
ACTS = (
    "submit",
    "cancel",
    "amend",
    "cancel_all",
    "mass_quote",
    "batch",
    "set_state",
    "set_price",
    "set_band",
    "set_breaker",
    "set_reference",
    "set_protection",
    "set_group",
    "set_holding",
    "set_day_end",
    "advance",
)


class Step(NamedTuple):
    """One call: a method of the books and its arguments (``apply``: command rows, condition rows)."""

    verb: str
    arguments: tuple[Any, ...]


def _rule(draw: random.Random) -> MatchingRule:
    """Return how a book of a story matches: by price and time in two of six books."""
    top_lots, top_ppm = draw.choice([1, 4, 20]), draw.choice([1_000_000, 400_000])
    minimum_lots = draw.choice([1, 2, 4])
    return draw.choice(
        [
            PRICE_TIME,
            PRICE_TIME,
            MatchingRule(Algorithm.PRO_RATA, minimum_lots),
            MatchingRule(Algorithm.PRO_RATA, minimum_lots, top_ppm, top_lots),
            MatchingRule(Algorithm.FIFO_TOP, 1, top_ppm, top_lots),
            MatchingRule(Algorithm.BATCH_AUCTION, batch_ns=draw.choice([5, 17, 60])),
        ]
    )


class Teller:
    """Draws the steps of one story; it learns the ids of orders from the event rows it is shown.

    without: features and acts that this story must not have; "algorithms": all but price-time.
    """

    bases_ticks: tuple[int, ...] = BASES_TICKS
    middles_ticks: tuple[int, ...] = MIDDLES_TICKS
    links: tuple[tuple[int, tuple[tuple[int, int], ...]], ...] = ()
    ends_ns: Mapping[int, int] = MappingProxyType({})

    def __init__(self, source: int | random.Random, *, without: tuple[str, ...] = ()) -> None:
        self._draw = random.Random(source) if isinstance(source, int) else source
        self.books = self._drawn_books()
        self.families = [self._draw.choice([None, 7]) for _ in range(self.books)]
        self.max_orders = self._draw.choice([MAX_ORDERS] * 5 + [12])
        self._likely = {name: self._draw.choice([0, 0, 0.05, 0.2, 0.5]) for name in FEATURES}
        self._likely["strange"] = self._draw.choice([0, 0, 0.01, 0.05])
        self._acts = {
            name: self._draw.choice([0, 0.2, 1]) if name != "submit" else 10 for name in ACTS
        }
        self._acts["cancel"], self._acts["amend"] = self._draw.choice([(3, 2), (1, 5), (0, 1)])
        for quiet in ("set_state", "set_band", "set_breaker", "set_group"):
            self._acts[quiet] *= 0.5
        self._without = without
        for name in set(without) - {"algorithms"}:
            chances = self._likely if name in self._likely else self._acts
            chances[name] = 0
        of_rules = random.Random(f"rules {source}") if isinstance(source, int) else self._draw
        self.rules = [_rule(of_rules) for _ in range(self.books)]
        if "algorithms" in without or self.links:
            self.rules = [PRICE_TIME] * self.books
        self._span_ticks = self._draw.choice([2, 5, 15, 40])
        self._order_ticks: dict[int, int] = {}
        self._dead_ids = [0]
        self._stops: dict[int, int] = {}
        """Terms of the orders that have, or had, a trigger."""
        self._now_ns = 0
        self._prepared = self._opening() if self._draw.random() < 0.8 else []

    def _drawn_books(self) -> int:
        return self._draw.choice([1, 2, 3])

    def learn(self, events: list[tuple[int, ...]]) -> None:
        """Note the orders that the last step brought and ended."""
        for row in events:
            if row[0] == EventKind.ACCEPTED:
                self._order_ticks[row[2]] = row[4]
                if row[3] >> SOURCE_SHIFT & SOURCE_MASK:
                    self._stops[row[2]] = row[3]
            elif row[0] == EventKind.CANCELLED or (row[0] in _OF_CYCLES and row[6] == 0):
                self._bury(row[2])
            elif row[0] in (EventKind.EXECUTED, EventKind.UNCROSSED):
                for order_id, leaves_lots in ((row[2], row[6]), (row[3], row[7])):
                    if leaves_lots == 0:
                        self._bury(order_id)

    def _bury(self, order_id: int) -> None:
        self._order_ticks.pop(order_id, None)
        self._stops.pop(order_id, None)
        self._dead_ids = [*self._dead_ids[-9:], order_id]

    def step(self, source: random.Random | None = None) -> Step:
        """Return the next call, drawn from another source if one is given."""
        if source is not None:
            self._draw = source
        if self._prepared:
            return self._prepared.pop()
        return self.act(self._draw.choices(list(self._acts), list(self._acts.values()))[0])

    def act(self, name: str, source: random.Random | None = None) -> Step:
        """Return a call of one kind, drawn from another source if one is given."""
        if source is not None:
            self._draw = source
        step: Step = getattr(self, f"_{name}")()
        return step

    def _opening(self) -> list[Step]:
        """Return what makes most later orders sound: prices, holdings, protections, a day."""
        steps = []
        for book in range(self.books):
            steps += [Step("set_day_end", (book, 1000))]
            for owner in range(OWNERS):
                steps += [Step("set_holding", (owner, book, self._draw.choice([-20, -5, 5, 20])))]
                limits = self._draw.choice([(0, 0), (20, 0), (0, 15)])
                family = self.families[book] or book
                steps += [Step("set_protection", (owner, family, 50, 30, *limits))]
            if self._draw.random() > 0.7:
                half = max(1, self._span_ticks // 2)
                middle = self.middles_ticks[book]
                steps += [Step("set_band", (book, middle - half, middle + half))]
            if self._draw.random() > 0.7:
                steps += [self._set_breaker()]
            for source in (TriggerSource.MARK, TriggerSource.INDEX):
                steps += [Step("set_price", (book, int(source), self.middles_ticks[book]))]
        return [step for step in steps if step.verb not in self._without]

    def _has(self, feature: str) -> bool:
        # This way round a source that shrinks towards 0 drops features.
        return self._draw.random() > 1 - self._likely[feature]

    def _book(self) -> int:
        return self._draw.randrange(self.books)

    def _owner(self) -> int:
        return self._draw.randrange(OWNERS)

    def _ticks(self, book: int) -> int:
        return self.middles_ticks[book] + self._draw.randint(-self._span_ticks, self._span_ticks)

    def _lots(self) -> int:
        return self._draw.choice([1, 2, 3, 5, 8, 13, 40])

    def _order_id(self) -> int:
        if self._has("strange"):
            return self._draw.choice([0, -1, 5, 1 << 40, INT64_MAX, INT64_MIN])
        if not self._order_ticks or self._draw.random() > 0.9:
            return self._draw.choice(self._dead_ids)
        return self._draw.choice(list(self._order_ticks)[-RECENT:])

    def _order(self, book: int) -> tuple[int, int, int, list[int]]:
        """Return terms, price, size and condition row of an order, nearly always a sound one."""
        side = self._draw.randrange(2)
        tif = TimeInForce.GTC
        instructions = 0
        condition = [0] * CONDITION_COLUMNS
        lots = self._lots()
        ticks = self._ticks(book)
        for name, chosen in (
            ("ioc", TimeInForce.IOC),
            ("fok", TimeInForce.FOK),
            ("day", TimeInForce.DAY),
            ("gtd", TimeInForce.GTD),
        ):
            if self._has(name):
                tif = chosen
        immediate = tif in (TimeInForce.IOC, TimeInForce.FOK)
        if tif == TimeInForce.GTD:
            condition[2] = self._now_ns + self._draw.randint(1, 60)
        if self._has("market"):
            instructions |= Instruction.MARKET
            ticks = self._draw.choice([0, 0, 1, 3])
            if not immediate and self._has("to_limit"):
                instructions |= Instruction.MARKET_TO_LIMIT
        elif not immediate and self._has("post_only"):
            instructions |= Instruction.POST_ONLY
            if self._has("reprice"):
                instructions |= Instruction.REPRICE
        if self._has("reduce_only"):
            instructions |= Instruction.REDUCE_ONLY
        if self._has("protected"):
            instructions |= Instruction.PROTECTED
        if self._has("minimum") and not instructions & Instruction.POST_ONLY:
            condition[1] = self._draw.randint(1, lots)
        shows = not immediate and not instructions & (Instruction.MARKET | Instruction.REDUCE_ONLY)
        if shows and self._has("iceberg"):
            condition[0] = self._draw.randint(1, lots)
        source, when, trailing = TriggerSource.NONE, TriggerWhen.RISES, False
        if self._has("trigger"):
            source = self._draw.choice(list(TriggerSource)[1:])
            when = self._draw.choice(list(TriggerWhen))
            trailing = self._has("trailing")
            if trailing:
                condition[4] = self._draw.randint(1, 5)
            else:
                condition[3] = self._ticks(book)
        prevention = self._draw.choice(list(Prevention)) if self._has("prevention") else 0
        terms = pack_terms(
            side,
            tif,
            instructions,
            prevention=prevention,
            source=source,
            when=when,
            trailing=trailing,
        )
        if self._has("strange"):
            terms ^= 1 << self._draw.randrange(30)
        if self._has("strange"):
            lots = self._draw.choice([0, -1, 1 << 40, (1 << 40) + 1, INT64_MAX])
        if self._has("strange"):
            ticks = self._draw.choice([-1, 0, 4095, 4096, 4250, INT64_MAX, INT64_MIN])
        if self._has("strange"):
            condition[self._draw.randrange(7)] = self._draw.choice([-1, 1, 2, 64, 1 << 62])
        return terms, ticks, lots, condition

    def _order_rows(self) -> tuple[list[int], list[list[int]]]:
        """Return a SUBMIT row and its table of conditions."""
        book = self._book()
        terms, ticks, lots, condition = self._order(book)
        table: list[list[int]] = []
        triggered = terms >> SOURCE_SHIFT & SOURCE_MASK != 0
        if triggered or any(condition) or self._draw.random() > 0.9:
            table = [condition]
        if self._has("links"):
            link = self._draw.choice(list(Link)[1:])
            number = self._draw.choice([2, 3] if link == Link.OTOCO else [1, 2])
            condition[5:8] = link, number, self._draw.randrange(2)
            table = [condition]
            for _ in range(number):
                linked_terms, linked_ticks, linked_lots, linked = self._order(book)
                linked[5:8] = 0, 0, 0
                linked[8:11] = linked_terms, linked_ticks, linked_lots
                table.append(linked)
        if table and self._has("strange"):
            table.pop()
        if self._has("strange"):
            book = self._draw.choice([-1, self.books, 1 << 40])
        row = [CommandKind.SUBMIT, book, 0, self._owner(), terms, ticks, lots, int(bool(table))]
        if self._has("strange"):
            row[3] = self._draw.choice([-1, OWNERS, 1 << 40])
        if self._has("strange"):
            row[7] = self._draw.choice([-1, 2, 9, 1 << 40, INT64_MAX, INT64_MIN])
        return row, table

    def _submit(self) -> Step:
        row, table = self._order_rows()
        return Step("apply", ([row], table))

    def _batch(self) -> Step:
        """Return several orders and quotes that share one table, now and then the same rows of it."""
        rows: list[list[int]] = []
        table: list[list[int]] = []
        for _ in range(self._draw.randint(2, 6)):
            row, own = self._quote_rows() if self._draw.random() > 0.8 else self._order_rows()
            if 0 < row[7] <= len(own) + 1:
                row[7] += len(table)
            rows += [row] * self._draw.choice([1, 1, 1, 2])
            table += own
        return Step("apply", (rows, table))

    def _cancel(self) -> Step:
        return Step("cancel", (self._order_id(),))

    def _amend(self) -> Step:
        order_id = self._order_id()
        stops = self._has("trigger")
        if stops and self._stops and self._draw.random() < 0.9:
            order_id = self._draw.choice(list(self._stops)[-RECENT:])
        near = self._order_ticks.get(order_id, self.middles_ticks[0])
        ticks = near + self._draw.choice([0, 0, 1, -1, 3, -3])
        row = [CommandKind.AMEND, 0, order_id, 0, self._draw.randrange(2), ticks, self._lots(), 0]
        if self._has("strange"):
            row[5] = self._draw.choice([-1, 0, 4250, INT64_MAX])
        if self._has("strange"):
            row[6] = self._draw.choice([0, -1, 1 << 40, (1 << 40) + 1, INT64_MIN])
        table = [self._new_trigger(order_id, near)] if stops else []
        row[7] = len(table)
        if self._has("strange"):
            row[7] = self._draw.choice([-1, 0, 1, 2, INT64_MAX, INT64_MIN])
        return Step("apply", ([row], table))

    def _new_trigger(self, order_id: int, near_ticks: int) -> list[int]:
        """Return the condition row of an amend, nearly always of the kind that the order has."""
        condition = [0] * CONDITION_COLUMNS
        if self._stops.get(order_id, 0) & TRAILING:
            condition[4] = self._draw.randint(1, 9)
        else:
            middle = self._draw.choice([near_ticks, self._ticks(self._book())])
            condition[3] = middle + self._draw.randint(-self._span_ticks, self._span_ticks)
        if self._has("strange"):
            strange = [-1, 0, 1, 4095, 4096, INT64_MAX, INT64_MIN]
            condition[self._draw.choice([3, 4])] = self._draw.choice(strange)
        return condition

    def _cancel_all(self) -> Step:
        return Step("cancel_all", (self._book(), self._owner()))

    def _quote_rows(self) -> tuple[list[int], list[list[int]]]:
        """Return a MASS_QUOTE row and its entries."""
        book = self._book()
        middle = self._ticks(book)
        table = []
        for _ in range(self._draw.choice([0, 1, 2, 4, 6])):
            side = self._draw.randrange(2)
            away = self._draw.randint(1, 6)
            entry = [0] * CONDITION_COLUMNS
            entry[8:11] = side, middle + (away if side else -away), self._lots()
            if entry[8:10] not in [other[8:10] for other in table] or self._has("strange"):
                table.append(entry)
        instructions = 0
        if self._has("post_only"):
            instructions |= Instruction.POST_ONLY
            if self._has("reprice"):
                instructions |= Instruction.REPRICE
        if self._has("protected"):
            instructions |= Instruction.PROTECTED
        prevention = self._draw.choice(list(Prevention)) if self._has("prevention") else 0
        terms = pack_terms(0, 0, instructions, prevention=prevention)
        row = [CommandKind.MASS_QUOTE, book, 0, self._owner(), terms, 0, len(table), 1]
        if self._has("strange"):
            column = self._draw.randrange(1, COMMAND_COLUMNS)
            row[column] = self._draw.choice([-1, 2, 65, 9, INT64_MAX, INT64_MIN])
        return row, table

    def _mass_quote(self) -> Step:
        row, table = self._quote_rows()
        return Step("apply", ([row], table))

    def _set_state(self) -> Step:
        states = [State.PRE_OPEN] * 4 + [State.OPEN] * 8 + [State.HALTED, State.CLOSED]
        states += [State.EXPIRED] if self._draw.random() < 0.02 else []
        return Step("set_state", (self._book(), int(self._draw.choice(states))))

    def _set_price(self) -> Step:
        book = self._book()
        source = self._draw.choice([TriggerSource.MARK, TriggerSource.INDEX])
        return Step("set_price", (book, int(source), self._ticks(book)))

    def _set_band(self) -> Step:
        book = self._book()
        low, high = sorted((self._ticks(book), self._ticks(book)))
        wide = self._draw.choice([0, 10, 10_000])
        return Step("set_band", (book, low - wide, high + wide))

    def _set_breaker(self) -> Step:
        move = self._draw.choice([0, 10_000, 30_000, 100_000, 500_000, -1, -20])
        window_ns = self._draw.choice([8, 40, 800])
        pause_ns = self._draw.choice([1, 20, 50])
        extensions = self._draw.choice([0, 1, 2])
        return Step("set_breaker", (self._book(), move, window_ns, pause_ns, extensions))

    def _set_reference(self) -> Step:
        book = self._book()
        return Step("set_reference", (book, self._draw.choice([0, self._ticks(book)])))

    def _set_protection(self) -> Step:
        family = self._draw.choice([7, *range(self.books)])
        interval_ns = self._draw.choice([0, 10, 50])
        frozen_ns = self._draw.choice([0, 5, 30])
        limits = self._draw.choice([0, 3, 10]), self._draw.choice([0, 2, 10])
        return Step("set_protection", (self._owner(), family, interval_ns, frozen_ns, *limits))

    def _set_group(self) -> Step:
        return Step("set_group", (self._owner(), self._draw.randrange(OWNERS)))

    def _set_holding(self) -> Step:
        return Step("set_holding", (self._owner(), self._book(), self._draw.randint(-20, 20)))

    def _set_day_end(self) -> Step:
        return Step("set_day_end", (self._book(), self._now_ns + self._draw.randint(0, 80)))

    def _advance(self) -> Step:
        self._now_ns += self._draw.choice([0, 1, 3, 10, 40])
        return Step("advance", (self._now_ns,))
