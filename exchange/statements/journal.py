"""Journal: the running day's postings, day by day turned into statements."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

import msgspec

from exchange.core.core import Core
from exchange.core.instrument import InstrumentSpec
from exchange.core.layout import (
    EVENT_ACCOUNT,
    EVENT_FEE_MICROS,
    EVENT_INSTRUMENT,
    EVENT_KIND,
    EVENT_ORDER_ID,
    EVENT_RESTING_ACCOUNT,
    EVENT_RESTING_FEE_MICROS,
    EVENT_SEQ,
    EVENT_TAG,
    EVENT_TS_NS,
    EventKind,
)
from exchange.statements.day_end import CASH, DayEnd
from exchange.statements.postings import Change, Line, PostingKind, Row, changes
from exchange.statements.statement import Statement, statements

ENTRIES_PER_ACCOUNT = 10_000
_EXECUTED = int(EventKind.EXECUTED)
_UNCROSSED = int(EventKind.UNCROSSED)
_LEG_BOOKED = int(EventKind.LEG_BOOKED)
_IMPLIED = int(EventKind.IMPLIED)
_IMPLIED_LEG = int(EventKind.IMPLIED_LEG)
_FEE = PostingKind.FEE
_FOLDED = frozenset(
    (
        EventKind.BLOCK_TRADED,
        EventKind.TRANSFERRED,
        EventKind.CASH_MOVED,
        EventKind.SETTLED,
        EventKind.TRADE_BUSTED,
        EventKind.TRADE_ADJUSTED,
        EventKind.TRADE_GIVEN_UP,
    )
)


class Entry(msgspec.Struct, frozen=True, array_like=True):
    """One change of an account's cash that is no order's fill.

    event: the EventKind behind it. row: the columns of the event row, for its price, size and trade id.
    """

    seq: int
    ts_ns: int
    kind: PostingKind
    instrument: int
    amount_micros: int
    event: int
    row: list[int]


class _Snapshot(msgspec.Struct, array_like=True):
    day_end: bytes
    sums: list[tuple[int, PostingKind, int, int, int]]
    entries: list[tuple[int, list[Entry]]]
    counts: list[tuple[int, int]]
    tick_values: list[int]
    latest: list[Statement]


class Journal:
    """Sums of the running day, the latest statements, and each account's latest ``limit`` entries.

    Folded from events, and at a day's end from the core's cumulative columns at that very moment.
    """

    def __init__(self, limit: int = ENTRIES_PER_ACCOUNT) -> None:
        self._limit = limit
        self.day_end = DayEnd.before()
        self.latest: list[Statement] = []
        """Of every account, of the last day that ended."""
        self._sums: dict[int, dict[Line, tuple[int, int]]] = {}
        self._counts: dict[int, int] = {}
        self._entries: dict[int, deque[Entry]] = {}
        self._tick_values: list[int] = []

    def list_instrument(self, spec: InstrumentSpec) -> None:
        """Add the next instrument."""
        # What corrects a combo's trade is paid in its legs, which have rows of their own.
        self._tick_values.append(0 if spec.is_combo else spec.tick_value_micros)

    def apply(self, rows: Sequence[Row]) -> None:
        """Fold event rows in, in their order."""
        counts = self._counts
        for row in rows:
            kind = row[EVENT_KIND]
            if kind in (_EXECUTED, _UNCROSSED):
                # By far the most rows, of which the trade view keeps every fill: only summed up here.
                line = _FEE, row[EVENT_INSTRUMENT]
                account, other = row[EVENT_ACCOUNT], row[EVENT_RESTING_ACCOUNT]
                counts[account] = counts.get(account, 0) + 1
                counts[other] = counts.get(other, 0) + 1
                if fee_micros := row[EVENT_FEE_MICROS]:
                    self._add(account, line, -fee_micros)
                if fee_micros := row[EVENT_RESTING_FEE_MICROS]:
                    self._add(other, line, -fee_micros)
            elif kind in (_IMPLIED, _IMPLIED_LEG):
                account, fee_micros = row[EVENT_ACCOUNT], row[EVENT_FEE_MICROS]
                self._count(account)
                if kind == _IMPLIED_LEG:
                    self._count(row[EVENT_RESTING_ACCOUNT])
                if fee_micros:
                    self._add(account, (_FEE, row[EVENT_INSTRUMENT]), -fee_micros)
            elif kind == _LEG_BOOKED:
                # Its fee is the combo's; the trade view keeps its fills if orders made it.
                if row[EVENT_ORDER_ID]:
                    self._count(row[EVENT_ACCOUNT])
                    self._count(row[EVENT_RESTING_ACCOUNT])
            elif kind in _FOLDED:
                for change in changes(row, self._tick_values):
                    if change.amount_micros:
                        self._add(change.account, change.line, change.amount_micros)
                    if change.amount_micros or change.kind == PostingKind.SETTLEMENT_FEE:
                        self._note(row, change)

    def _add(self, account: int, line: Line, amount_micros: int) -> None:
        own = self._sums.get(account)
        if own is None:
            own = self._sums[account] = {}
        entries, amount = own.get(line, (0, 0))
        own[line] = entries + 1, amount + amount_micros

    def _count(self, account: int) -> None:
        self._counts[account] = self._counts.get(account, 0) + 1

    def _note(self, row: Row, change: Change) -> None:
        entry = Entry(
            row[EVENT_SEQ],
            row[EVENT_TS_NS],
            change.kind,
            change.instrument,
            change.amount_micros,
            row[EVENT_KIND],
            row,
        )
        kept = self._entries.setdefault(change.account, deque(maxlen=self._limit))
        kept.append(entry)
        self._count(change.account)

    def end_day(self, core: Core, row: Row) -> list[Statement]:
        """Make every account's statement at a DAY_ROLLED row, the last one that ``core`` wrote.

        Raises StatementError where postings do not explain a balance; the day has then ended without
        statements.
        """
        former, sums = self.day_end, self._sums
        self.day_end, self._sums, self.latest = DayEnd.of(core), {}, []
        made = statements(core, row[EVENT_TAG], former, self.day_end, sums)
        number = core.account_numbers
        instruments = core.instrument_numbers
        for statement in made:
            for posting in statement.postings:
                if posting.kind in (PostingKind.VARIATION, PostingKind.FUNDING, PostingKind.RELIEF):
                    instrument = instruments.get(posting.instrument, -1)
                    change = Change(
                        number[statement.account], posting.kind, instrument, posting.amount_micros
                    )
                    self._note(row, change)
        self.latest = made
        return made

    def statement(self, core: Core, day: int) -> list[Statement]:
        """Return every account's statement of the running day as if it ended now."""
        return statements(core, day, self.day_end, DayEnd.of(core), self._sums)

    def entries(self, account: int) -> Sequence[Entry]:
        """Return an account's kept entries, earliest first."""
        return self._entries.get(account, ())

    def count(self, account: int) -> int:
        """Return how many entries and fills an account has had, forgotten ones included."""
        return self._counts.get(account, 0)

    def balance_micros(self, account: int) -> int:
        """Return the last day's closing balance with what was posted since: all but the day's variation."""
        closed = self.day_end.accounts
        opening = int(closed[account, CASH]) if account < len(closed) else 0
        return opening + sum(amount for _, amount in self._sums.get(account, {}).values())

    def snapshot(self) -> bytes:
        """Return everything as MessagePack; equal journals give equal bytes."""
        return msgspec.msgpack.encode(
            _Snapshot(
                self.day_end.packed(),
                [
                    (account, *line, *own[line])
                    for account, own in sorted(self._sums.items())
                    for line in sorted(own)
                ],
                [(account, list(kept)) for account, kept in sorted(self._entries.items())],
                sorted(self._counts.items()),
                self._tick_values,
                self.latest,
            )
        )

    def restore(self, snapshot: bytes) -> None:
        """Become the journal that was saved; raises ``msgspec.DecodeError`` for other bytes."""
        saved = msgspec.msgpack.decode(snapshot, type=_Snapshot)
        self.day_end = DayEnd.unpacked(saved.day_end)
        self._sums = {}
        for account, kind, instrument, entries, amount in saved.sums:
            self._sums.setdefault(account, {})[kind, instrument] = (entries, amount)
        self._counts = dict(saved.counts)
        self._entries = {
            account: deque(kept, maxlen=self._limit) for account, kept in saved.entries
        }
        self._tick_values = saved.tick_values
        self.latest = saved.latest
