"""Laws that the oracle keeps whatever happens: nothing is lost, an OPEN book is never crossed."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching.layout import (
    LEVEL_DORMANT,
    LEVEL_PENDING,
    LEVEL_QUEUED,
    SLOT_MASK,
    EventKind,
    Instruction,
    Link,
    Prevention,
    Reason,
    Side,
    State,
    TimeInForce,
    TriggerSource,
    TriggerWhen,
)
from matching.reference import EventRow

from .reference_desk import Ask, Desk

OWNERS = 4
SELL = Side.SELL


class Ledger:
    """Every lot of every order, kept from the event rows alone."""

    def __init__(self) -> None:
        self.ordered: Counter[int] = Counter()
        self.filled: Counter[int] = Counter()
        self.taken: Counter[int] = Counter()
        self.waiting: set[int] = set()
        self.reasons: Counter[Reason] = Counter()
        self.seen: Counter[EventKind] = Counter()

    def read(self, event: EventRow) -> None:
        kind, _, order, other, _, qty, _, resting = event
        self.seen[EventKind(kind)] += 1
        if kind in (EventKind.REJECTED, EventKind.CANCELLED, EventKind.REDUCED):
            self.reasons[Reason(other)] += 1
        self._read_waiting(kind, order, waits=bool(resting))
        if kind == EventKind.ACCEPTED:
            self.ordered[order] = qty
        elif kind in (EventKind.EXECUTED, EventKind.UNCROSSED):
            self.filled[order] += qty
            self.filled[other] += qty
        elif kind in (EventKind.CANCELLED, EventKind.REDUCED):
            self.taken[order] += qty
        elif kind == EventKind.AMENDED:
            self.ordered[order] = self.filled[order] + self.taken[order] + qty

    def _read_waiting(self, kind: int, order: int, *, waits: bool) -> None:
        if kind == EventKind.PARKED or (kind == EventKind.ACCEPTED and waits):
            self.waiting.add(order)
        elif kind == EventKind.ACTIVATED:
            self.waiting.remove(order)
        elif kind == EventKind.CANCELLED:
            assert waits == (order in self.waiting)
            self.waiting.discard(order)

    def open_lots(self) -> dict[int, int]:
        """What must still be open of each order."""
        left = {
            order: lots - self.filled[order] - self.taken[order]
            for order, lots in self.ordered.items()
        }
        return {order: lots for order, lots in left.items() if lots}


def check(desk: Desk, ledger: Ledger) -> None:
    """Assert the laws that hold after every command."""
    books = desk.books
    live: dict[int, int] = {}
    for book in (0, 1):
        resting = [(side, one) for side in Side for one in books.orders(book, side)]
        live |= {one[0]: one[3] + one[5] for _, one in resting}
        live |= {one[0]: one[4] for one in books.waiting(book)}
        assert all(one[3] > 0 and one[5] >= 0 for _, one in resting)
        bid, ask = books.best_bid(book), books.best_ask(book)
        if books.state(book) == State.OPEN:
            assert bid is None or ask is None or bid < ask, "an OPEN book is crossed"
        assert sum(books.holding(owner, book) for owner in range(OWNERS)) == 0
        for side, one in resting:
            order = books.order(one[0])
            assert order is not None
            assert order.level_code == 0
            if order.terms >> 8 & Instruction.REDUCE_ONLY:
                held = books.holding(order.owner, book)
                assert order.leaves_lots <= (held if side == SELL else -held)
                assert books.state(book) != State.PRE_OPEN
        codes = {one[5] for one in books.waiting(book)}
        assert codes <= {LEVEL_PENDING, LEVEL_DORMANT, LEVEL_QUEUED}
    waiting = {one[0] for book in (0, 1) for one in books.waiting(book)}
    assert waiting == ledger.waiting
    assert live == ledger.open_lots(), "filled + open + cancelled + reduced = ordered"
    assert books.live == len(live)
    assert len({order & SLOT_MASK for order in live}) == len(live)


class Walk:
    """A random walk through everything that can be asked, mostly soundly."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.desk = Desk(owners=OWNERS, max_orders=60)
        self.desk.books.add_book(weight=-2)
        self.order_ids: list[int] = [0]
        for book in (0, 1):
            self.desk.books.set_day_end(book, 100)
            self.desk.books.set_breaker(book, 30_000 * book, 40, 5, 1)
            for source in (TriggerSource.MARK, TriggerSource.INDEX):
                self.desk.books.set_price(book, source, 100)

    def once_in(self, number: int) -> bool:
        return self.chance.randrange(number) == 0

    def price(self) -> int:
        return self.chance.randint(95, 105)

    def ask(self) -> Ask:
        """An order with some of the conditions that suit it."""
        chance = self.chance
        lots = chance.randint(1, 9)
        ask = Ask(chance.choice(list(Side)), self.price(), lots)
        ask = ask._replace(prevention=chance.choice([0, 0, 0, *Prevention]))
        what = chance.randrange(12)
        if what == 0:
            to_limit = chance.choice([0, Instruction.MARKET_TO_LIMIT])
            instructions, collar = Instruction.MARKET | to_limit, chance.randrange(4)
            ask = ask._replace(instructions=instructions, price_ticks=collar)
        elif what == 1:
            reprice = chance.choice([0, Instruction.REPRICE])
            ask = ask._replace(instructions=Instruction.POST_ONLY | reprice)
        elif what == 2:
            ask = ask._replace(instructions=Instruction.PROTECTED)
        elif what == 3:
            ask = ask._replace(instructions=Instruction.REDUCE_ONLY, qty_lots=chance.randint(1, 3))
        elif what == 4:
            ask = ask._replace(display_lots=chance.randint(1, lots))
        elif what == 5:
            ask = ask._replace(minimum_lots=chance.randint(1, lots))
        elif what == 6:
            ask = ask._replace(tif=chance.choice([TimeInForce.IOC, TimeInForce.FOK]))
        elif what == 7:
            expiry_ns = self.desk.books.now_ns + chance.randint(1, 30)
            ask = ask._replace(tif=TimeInForce.GTD, expiry_ns=expiry_ns)
        elif what == 8:
            ask = ask._replace(tif=TimeInForce.DAY)
        return self._with_trigger(ask) if self.once_in(4) else ask

    def _with_trigger(self, ask: Ask) -> Ask:
        chance = self.chance
        source = chance.choice([TriggerSource.LAST, TriggerSource.MARK, TriggerSource.INDEX])
        ask = ask._replace(source=source, when=chance.choice(list(TriggerWhen)))
        if self.once_in(3):
            return ask._replace(trailing=True, trail_ticks=chance.randint(1, 4))
        return ask._replace(trigger_ticks=self.price())

    def submit(self, book: int, owner: int) -> list[EventRow]:
        link = self.chance.choice([0, 0, 0, 0, *Link])
        first = self.ask()._replace(link=link, complete=int(link > 0 and self.once_in(3)))
        number = self.chance.randint(1, 3) if link else 0
        return self.desk.enter(first, [self.ask() for _ in range(number)], owner=owner, book=book)

    def quote(self, book: int, owner: int) -> list[EventRow]:
        below, above = range(95, 101), range(101, 106)
        bids = self.chance.sample(below, self.chance.randrange(3))
        asks = self.chance.sample(above, self.chance.randrange(3))
        entries = [(0, price, self.chance.randint(1, 9)) for price in bids]
        entries += [(1, price, self.chance.randint(1, 9)) for price in asks]
        instructions = self.chance.choice([0, Instruction.PROTECTED, Instruction.POST_ONLY])
        return self.desk.quote(entries, owner=owner, instructions=instructions, book=book)

    def step(self) -> list[EventRow]:
        """Do one random thing."""
        chance, books = self.chance, self.desk.books
        book, owner = chance.randrange(2), chance.randrange(OWNERS)
        order = chance.choice(self.order_ids[-20:])
        source = chance.choice([TriggerSource.MARK, TriggerSource.INDEX])
        state = chance.choice([State.OPEN] * 4 + [State.PRE_OPEN, State.HALTED, State.CLOSED])
        bands = [(0, 4095), (97, 103), (90, 110)]
        later = books.now_ns + chance.randint(0, 12)
        amended = order, self.price(), chance.randint(1, 9)
        things: list[tuple[int, Callable[[], list[EventRow]]]] = [
            (30, lambda: self.submit(book, owner)),
            (4, lambda: books.cancel(order)),
            (8, lambda: books.amend(*amended, whole=self.once_in(2))),
            (1, lambda: books.cancel_all(book, owner)),
            (4, lambda: self.quote(book, owner)),
            (5, lambda: books.set_price(book, source, self.price())),
            (2, lambda: books.set_state(book, state)),
            (1, lambda: books.set_band(book, *chance.choice(bands))),
            (1, lambda: books.set_protection(owner, book, 20, 5, chance.randint(0, 12), 9)),
            (5, lambda: books.advance(later)),
            (1, lambda: books.set_day_end(book, later + 50)),
        ]
        weights = [weight for weight, _ in things]
        (_, thing) = chance.choices(things, weights)[0]
        events = thing()
        self.order_ids += [event[2] for event in events if event[0] == EventKind.ACCEPTED]
        return events

    def run(self, steps: int, ledger: Ledger) -> None:
        """Walk, and check the laws after every step."""
        for _ in range(steps):
            before = snapshot(self.desk)
            events = self.step()
            for event in events:
                ledger.read(event)
            if [event[0] for event in events] == [EventKind.REJECTED]:
                assert snapshot(self.desk) == before, "a rejected command changed something"
            check(self.desk, ledger)
            fill_or_kill_is_whole(events)


def snapshot(desk: Desk) -> list[object]:
    """All that can be seen of both books."""
    books = desk.books
    seen: list[object] = [books.live, books.now_ns]
    for book in (0, 1):
        seen += [books.orders(book, side) for side in Side]
        seen += [books.waiting(book), books.book_prices(book), books.state(book)]
        seen += [books.holding(owner, book) for owner in range(OWNERS)]
        seen += [books.protection(owner, book) for owner in range(OWNERS)]
    return seen


def fill_or_kill_is_whole(events: list[EventRow]) -> None:
    """Assert that no accepted FOK order without a trigger ended with something left."""
    passing = {
        event[2]: event[5]
        for event in events
        if event[0] == EventKind.ACCEPTED
        and event[3] >> 1 & 0xF == TimeInForce.FOK
        and not event[3] >> 20 & 3
    }
    linked = [event for event in events if event[0] == EventKind.ACCEPTED][1:]
    for order, lots in passing.items():
        if order in {event[2] for event in linked}:
            continue
        filled = sum(
            event[5] for event in events if event[0] == EventKind.EXECUTED and event[2] == order
        )
        assert filled == lots


@given(st.integers(0, (1 << 32) - 1))
def test_nothing_is_lost_and_an_open_book_is_never_crossed(seed: int) -> None:
    Walk(seed).run(60, Ledger())


@pytest.mark.parametrize("seed", [1, 3])
def test_a_long_walk_sees_everything(seed: int) -> None:
    """The laws are not kept by silence: every kind of row and nearly every reason comes up."""
    ledger = Ledger()
    Walk(seed).run(4000, ledger)
    of_combos = {EventKind.IMPLIED, EventKind.IMPLIED_LEG}
    assert set(ledger.seen) == set(EventKind) - of_combos
    never = set(Reason) - set(ledger.reasons)
    by_other_tests = {
        Reason.NONE,
        Reason.UNKNOWN_COMMAND,
        Reason.UNKNOWN_BOOK,
        Reason.UNKNOWN_OWNER,
        Reason.INVALID_TERMS,
        Reason.INVALID_PRICE,
        Reason.INVALID_DISPLAY,
        Reason.INVALID_MINIMUM,
        Reason.BOOK_EXPIRED,
        Reason.REFUSED,
    }
    assert never <= by_other_tests, f"seed {seed}"
