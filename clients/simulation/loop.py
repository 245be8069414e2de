"""Virtual time over the real core: one heap of events, a latency to the core and one back from it.

What is here is time and transport alone. The market is ``exchange.replica``, told the same batches of
commands that a log would hold, so that a run is a log like any other; the traders are the live ones' port.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable
from functools import partial

import msgspec

from clients import messages as m
from clients.simulation.line import Line
from clients.trader import Command, Trader
from clients.view import MarketView
from exchange.core import commands as core
from exchange.core import layout as at
from exchange.core.instrument import InstrumentSpec
from exchange.core.layout import CommandKind, EventKind
from exchange.feed import public_instrument
from exchange.replica import PublicReplica

DEPTH = 10
Listener = Callable[[list[list[int]], int], None]
_BOOK_KINDS = {
    EventKind.ACCEPTED,
    EventKind.EXECUTED,
    EventKind.CANCELLED,
    EventKind.AMENDED,
    EventKind.REDUCED,
    EventKind.REFILLED,
    EventKind.UNCROSSED,
}


class Simulation:
    """A market in virtual time from ``start_ns`` on; whatever is due at one time happens as it was planned.

    listeners: called with the event rows of each command and its time, at the core, without latency.
    """

    def __init__(self, specs: Iterable[InstrumentSpec], start_ns: int) -> None:
        self.now_ns = start_ns
        self.replica = PublicReplica()
        self.listeners: list[Listener] = []
        self.lines: list[Line] = []
        self._due: list[tuple[int, int, Callable[[], None]]] = []
        self._planned = 0
        self._batch_end_ns: int | None = None
        self._accounts: dict[int, Line] = {}
        specs = list(specs)
        for spec in specs:
            text = msgspec.json.encode(spec).decode()
            self.apply(core.Command(CommandKind.LIST_INSTRUMENT, text=text))
        self.numbers = {spec.name: number for number, spec in enumerate(specs)}
        self._public = {
            spec.name: public_instrument(number, spec) for number, spec in enumerate(specs)
        }

    def add(
        self,
        trader: Trader,
        *,
        deposit_micros: int,
        order_latency_ns: int,
        feed_latency_ns: int,
        max_orders: int = 100,
    ) -> Line:
        """Open a funded account for a trader and let it begin."""
        account = len(self.lines)
        self.apply(
            core.Command(
                CommandKind.OPEN_ACCOUNT,
                qty_lots=max_orders,
                amount_micros=deposit_micros,
                text=trader.name,
            )
        )
        line = Line(trader, account, self.numbers, order_latency_ns, feed_latency_ns)
        self.lines.append(line)
        self._accounts[account] = line
        view = MarketView(self._public, label_prefix=f"{trader.name}-")
        self.send(line, trader.on_start(view, self.now_ns))
        self.plan(self.now_ns + trader.interval_ns, partial(self._on_time, line))
        return line

    def plan(self, ts_ns: int, act: Callable[[], None]) -> None:
        """Let something happen at a time."""
        self._planned += 1
        heapq.heappush(self._due, (max(ts_ns, self.now_ns), self._planned, act))

    def run(self, until_ns: int) -> None:
        """Let everything happen that is due by a time."""
        self._plan_batch_end()
        while self._due and self._due[0][0] <= until_ns:
            self.now_ns, _, act = heapq.heappop(self._due)
            act()
            self._plan_batch_end()
        self.now_ns = until_ns

    def send(self, line: Line, commands: Iterable[Command]) -> None:
        """Let a trader's commands arrive at the core after its latency, in their order."""
        for command in commands:
            self.plan(self.now_ns + line.order_latency_ns, partial(self._arrive, line, command))

    def publish(self, message: m.Message) -> None:
        """Tell every trader something of the world, each after its latency."""
        for line in self.lines:
            self._tell(line, message)

    def apply(self, command: core.Command) -> list[list[int]]:
        """Apply a command of the venue or of an account now; return its event rows."""
        batch = core.batch_of([command], self.replica.core.seq + 1, self.now_ns)
        events = self.replica.apply(batch)
        for listener in self.listeners:
            listener(events, self.now_ns)
        return events

    def advance(self) -> None:
        """Let time pass at the core: what is due there happens, the end of a batch among it."""
        self._spread(self.apply(core.Command(CommandKind.ADVANCE)), None, None)

    def _plan_batch_end(self) -> None:
        end_ns = self.replica.core.books.next_batch_end_ns()
        if end_ns is not None and end_ns != self._batch_end_ns:
            self._batch_end_ns = end_ns
            self.plan(end_ns, self.advance)

    def _arrive(self, line: Line, command: Command) -> None:
        ordered = line.ordered(command)
        if ordered is None:
            # Its order ended while the command was under way: the core would not know it.
            return
        events = self.apply(ordered)
        line.accepted(command, events)
        self._spread(events, line, command)

    def _spread(self, events: list[list[int]], line: Line | None, command: Command | None) -> None:
        changed = set()
        for row in events:
            if row[at.EVENT_KIND] in _BOOK_KINDS:
                changed.add(row[at.EVENT_INSTRUMENT])
            concerned = dict.fromkeys((row[at.EVENT_ACCOUNT], row[at.EVENT_RESTING_ACCOUNT]))
            if row[at.EVENT_KIND] not in (EventKind.EXECUTED, EventKind.UNCROSSED):
                concerned = dict.fromkeys((row[at.EVENT_ACCOUNT],))
            for account in concerned:
                other = self._accounts.get(account)
                if other is not None:
                    for message in other.messages(row, command if other is line else None):
                        self._tell(other, message)
        for number in changed:
            update = self._book(number)
            for other in self.lines:
                if "book" in other.trader.feeds:
                    self._tell(other, update)

    def _book(self, number: int) -> m.BookUpdate:
        books = self.replica.core.books
        bids, asks = (
            [("new", ticks, lots) for ticks, lots, _ in books.depth(number, side)[:DEPTH]]
            for side in (0, 1)
        )
        name = self.replica.core.specs[number].name
        return m.BookUpdate(name, self.now_ns, self.replica.core.seq, None, bids, asks)

    def _tell(self, line: Line, message: m.Message) -> None:
        self.plan(self.now_ns + line.feed_latency_ns, partial(self._hear, line, message))

    def _hear(self, line: Line, message: m.Message) -> None:
        line.trader.view.apply(message)
        self.send(line, line.trader.on_message(message, self.now_ns))

    def _on_time(self, line: Line) -> None:
        self.send(line, line.trader.on_time(self.now_ns))
        self.plan(self.now_ns + line.trader.interval_ns, partial(self._on_time, line))
