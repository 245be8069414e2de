"""Core: the market's whole state, and the one way to change it, a batch of sequenced commands."""

from __future__ import annotations

from functools import partial

import numpy as np
from numpy.typing import NDArray

from exchange.core import kernel, labels, operations, replies, sequence
from exchange.core import layout as at
from exchange.core.commands import NO_CONDITIONS, Batch, Rows
from exchange.core.control import CLOSE, NO_VERB, TIME_ALONE
from exchange.core.default_terms import DefaultTerms
from exchange.core.event_room import EventRoom
from exchange.core.fixings import Fixing
from exchange.core.instrument import InstrumentSpec
from exchange.core.layout import COLD_COMMANDS, CommandKind, Reason
from exchange.core.mark_rule import Anchor, Reading
from exchange.core.offers import Offer
from exchange.core.scenario_spec import ScenarioSpec
from exchange.core.scenarios import default_scenarios
from exchange.core.trades import TradeMemory
from matching.book import OrderBooks
from matching.layout import POOL_APPLIED
from matching.memory import grown, zeros

RULES_VERSION = 5
"""Changes whenever the same log would give another history."""

_SEQ = at.COMMAND_SEQ
_TS_NS = at.COMMAND_TS_NS
_VENUE_SEQ = at.VENUE_SEQ
_VENUE_TS_NS = at.VENUE_TS_NS
_VENUE_TRADES = at.VENUE_TRADES
_SUBMIT = int(CommandKind.SUBMIT)
_CANCEL = int(CommandKind.CANCEL)
_CANCEL_ALL = int(CommandKind.CANCEL_ALL)


FIRST_ACCOUNTS = 16
_NONE_FOR_BOOKS: Rows = np.zeros((0, at.CONDITION_COLUMNS), np.int64)


_grown = partial(grown, large_pages=True)


class SequenceError(ValueError):
    """A batch does not follow on the last one applied."""


class Core:
    """A pure function of the batches applied so far: no clock, randomness, I/O or float inside."""

    def __init__(self) -> None:
        self.books = OrderBooks(owners=FIRST_ACCOUNTS)
        self.specs: list[InstrumentSpec] = []
        self.instrument_numbers: dict[str, int] = {}
        self.combos: dict[int, list[int]] = {}
        """Of an instrument, the combos of which it is a leg."""
        self.account_names: list[str] = []
        self.account_numbers: dict[str, int] = {}
        self.labels: list[dict[str, int]] = []
        self.index_names: list[str] = []
        self.index_prices: dict[str, int] = {}
        self.fixing_names: list[str] = []
        self.fixings: dict[tuple[str, int], Fixing] = {}
        self.anchors: list[Anchor] = []
        self.readings: list[list[Reading]] = []
        self.preventions: dict[int, int] = {}
        self.deadlines: dict[int, int] = {}
        self.default_terms = DefaultTerms()
        self.contributions: dict[int, int] = {}
        self.offers: dict[int, Offer] = {}
        self.parents: list[int] = []
        self.trades = TradeMemory()
        self.instruments: Rows = np.zeros((0, at.INSTRUMENT_COLUMNS), np.int64)
        self.accounts: Rows = zeros(FIRST_ACCOUNTS, at.ACCOUNT_COLUMNS)
        self.positions: NDArray[np.int64] = zeros(FIRST_ACCOUNTS, 0, at.POSITION_COLUMNS)
        self.venue = np.zeros(at.VENUE_COUNTERS, np.int64)
        self.scenarios: list[ScenarioSpec] = []
        self.moves: Rows = np.zeros((0, at.MOVE_COLUMNS), np.int64)
        self.losses: Rows = zeros(FIRST_ACCOUNTS, at.LOSS_COLUMNS)
        self._events = EventRoom()

    @property
    def seq(self) -> int:
        """Sequence number of the last command applied."""
        return self.venue.item(_VENUE_SEQ)

    @property
    def ts_ns(self) -> int:
        """Time of the last command applied."""
        return self.venue.item(_VENUE_TS_NS)

    def account(self, account: int) -> Rows:
        """Return an account's row (ACCOUNT_*), a view."""
        row: Rows = self.accounts[account]
        return row

    def position(self, account: int, instrument: int) -> Rows:
        """Return a position's row (POSITION_*), a view."""
        row: Rows = self.positions[account, instrument]
        return row

    def instrument(self, instrument: int) -> Rows:
        """Return an instrument's row (INSTRUMENT_*), a view."""
        row: Rows = self.instruments[instrument]
        return row

    def ledger(self) -> tuple[Rows, Rows, NDArray[np.int64], Rows, Rows, Rows]:
        """Return the arrays of ``exchange.core.ledger.Ledger`` up to the losses, in its order."""
        return (
            self.instruments,
            self.accounts,
            self.positions,
            self.venue,
            self.moves,
            self.losses,
        )

    def apply(self, batch: Batch) -> Rows:
        """Apply a batch and return its event rows, int64[m, EVENT_COLUMNS].

        Raises SequenceError, with nothing changed, when SEQ does not continue this core's by ones or
        TS_NS goes back.
        """
        if not len(batch.rows):
            return self._events.told(0)
        rows, conditions = _for_kernels(batch.rows), _for_kernels(batch.conditions)
        found = sequence.survey(rows, self.seq, self.ts_ns)
        if found == sequence.OUT_OF_SEQUENCE:
            raise self._sequence_error(rows)
        if found == sequence.HOT and not batch.texts:
            events = self._apply_hot(rows, conditions)
        else:
            events = self._apply_mixed(rows.copy(), conditions, batch.texts)
        self.venue[_VENUE_SEQ] = rows[-1, _SEQ]
        self.venue[_VENUE_TS_NS] = rows[-1, _TS_NS]
        return events

    def _apply_mixed(self, rows: Rows, conditions: Rows, texts: dict[int, str]) -> Rows:
        """Apply cold commands one by one and the hot ones between them in runs, their labels looked at."""
        rows[:, at.COMMAND_ORDER_ID][rows[:, at.COMMAND_KIND] == _SUBMIT] = 0
        written: list[Rows] = []
        start = 0
        while start < len(rows):
            if rows[start, at.COMMAND_KIND] >= COLD_COMMANDS:
                written.append(self._apply_cold(rows[start], texts.get(start, "")))
                end = start + 1
            else:
                end = labels.end_of_run(self.labels, rows, texts, start)
                written.append(self._apply_hot(rows[start:end], conditions))
                if texts:
                    first_seq = int(rows[0, at.COMMAND_SEQ])
                    labels.keep(self.labels, written[-1], texts, first_seq)
            start = end
        return written[0] if len(written) == 1 else np.concatenate(written)

    def _sequence_error(self, rows: Rows) -> SequenceError:
        """Return what says why rows do not follow on the last command."""
        seqs = rows[:, at.COMMAND_SEQ]
        if seqs[0] != self.seq + 1 or (np.diff(seqs) != 1).any():
            return SequenceError(f"expected seq {self.seq + 1} onwards, got {seqs[0]}..{seqs[-1]}")
        return SequenceError(f"time goes back at seq {seqs[0]}")

    def _apply_hot(
        self, commands: Rows, conditions: Rows = NO_CONDITIONS, verb: int = NO_VERB
    ) -> Rows:
        books = self.books
        done = count = 0
        trades = self.venue.item(_VENUE_TRADES)
        while True:
            count = kernel.apply_batch(
                *books.arrays(_NONE_FOR_BOOKS)[:8],
                books.events,
                *self.ledger(),
                commands,
                self._events.rows,
                conditions,
                done,
                count,
                verb,
            )
            done = int(books.pool[POOL_APPLIED])
            if done == len(commands):
                events = self._events.told(count)
                if self.venue.item(_VENUE_TRADES) != trades:
                    self.trades.record(events)
                return events
            self._make_room(len(commands) - done, count)

    def _make_room(self, orders: int, kept_rows: int) -> None:
        """Grow the books for more orders, and the event rows behind those that are kept."""
        self.books.make_room(orders, kernel.ROWS_OF_A_BOOK * len(self.specs))
        wanted = kept_rows + kernel.rows_of_a_row(self.venue) * len(self.books.events)
        self._events.grow(wanted, kept_rows)

    def control(
        self, row: list[int], verb: int, instrument: int = -1, *arguments: int
    ) -> list[list[int]]:
        """Do one of the floor's Control verbs on an instrument; return the event rows of what follows."""
        given = np.zeros((1, at.CONDITIONS_COLUMNS), np.int64)
        first = at.CONDITIONS_OF_FLOOR
        given[0, first : first + len(arguments)] = arguments
        # For a member of an IntEnum Numba would compile the kernel anew.
        events = self._apply_hot(_hot_row(row, instrument), given, int(verb))
        rows: list[list[int]] = events.tolist()
        return rows

    def close(
        self,
        row: list[int],
        account: int,
        instrument: int,
        side: int,
        price_ticks: int,
        qty_lots: int,
    ) -> list[list[int]]:
        """Enter an IOC order that reduces a position, past limits and margin; return the event rows."""
        command = _hot_row(row, instrument)
        command[0, at.COMMAND_ACCOUNT] = account
        command[0, at.COMMAND_SIDE] = side
        command[0, at.COMMAND_PRICE_TICKS] = price_ticks
        command[0, at.COMMAND_QTY_LOTS] = qty_lots
        rows: list[list[int]] = self._apply_hot(command, verb=CLOSE).tolist()
        return rows

    def cancel(self, row: list[int], account: int, order_id: int) -> list[list[int]]:
        """Cancel an account's live order within a cold command; return the event rows of what follows."""
        command = _hot_row(row, -1)
        command[0, at.COMMAND_KIND] = _CANCEL
        command[0, at.COMMAND_ACCOUNT] = account
        command[0, at.COMMAND_ORDER_ID] = order_id
        rows: list[list[int]] = self._apply_hot(command).tolist()
        return rows

    def cancel_all(self, row: list[int], account: int) -> list[list[int]]:
        """Cancel all orders of an account within a cold command; return the event rows of what follows."""
        command = _hot_row(row, -1)
        command[0, at.COMMAND_KIND] = _CANCEL_ALL
        command[0, at.COMMAND_ACCOUNT] = account
        rows: list[list[int]] = self._apply_hot(command).tolist()
        return rows

    def _apply_cold(self, row: Rows, text: str) -> Rows:
        integers = row.tolist()
        operation = operations.OPERATIONS.get(integers[at.COMMAND_KIND])
        rows = self.control(integers, TIME_ALONE)
        if operation is None:
            rows += replies.rejected(integers, Reason.UNKNOWN_COMMAND)
        else:
            rows += operation(self, integers, text)
        if self.venue.item(at.VENUE_NEW_CALLS):
            rows += self.control(integers, TIME_ALONE)
        return np.array(rows, np.int64).reshape(-1, at.EVENT_COLUMNS)

    def add_account(self, name: str, parent: int = -1) -> int:
        """Give a name the next account number and room in the arrays; parent: whom it belongs to."""
        account = len(self.account_names)
        if account == len(self.accounts):
            self.accounts = _grown(self.accounts, 2 * account, at.ACCOUNT_COLUMNS)
            self.positions = _grown(
                self.positions, 2 * account, len(self.specs), at.POSITION_COLUMNS
            )
            self.losses = _grown(self.losses, 2 * account, at.LOSS_COLUMNS)
            self.books.add_owners(len(self.accounts))
        self.account_names.append(name)
        self.account_numbers[name] = account
        self.labels.append({})
        self.parents.append(parent)
        return account

    def family_number(self, family: str) -> int | None:
        """Return the number of a family: that of the first instrument listed in it."""
        for number, spec in enumerate(self.specs):
            if spec.family == family:
                return number
        return None

    def add_instrument(self, spec: InstrumentSpec) -> int:
        """Give a spec the next instrument number, a book and room in the arrays."""
        family = self.family_number(spec.family)
        if family is None:
            family = len(self.specs)
        instrument = self.books.add_book(
            spec.levels,
            spec.base_ticks,
            family=family,
            weight=spec.contract_hours,
            rule=spec.matching_rule,
        )
        row = np.zeros((1, at.INSTRUMENT_COLUMNS), np.int64)
        row[0, at.INSTRUMENT_EXPIRY_NS] = spec.expiry_ns
        row[0, at.INSTRUMENT_TICK_VALUE_MICROS] = spec.tick_value_micros
        row[0, at.INSTRUMENT_MAX_ORDER_LOTS] = spec.max_order_lots
        row[0, at.INSTRUMENT_MAX_POSITION_LOTS] = spec.max_position_lots
        row[0, at.INSTRUMENT_MAX_ORDER_MICROS] = spec.max_order_micros
        row[0, at.INSTRUMENT_MAKER_FEE_MICROS] = spec.maker_fee_micros
        row[0, at.INSTRUMENT_TAKER_FEE_MICROS] = spec.taker_fee_micros
        row[0, at.INSTRUMENT_TICK_MICROS] = spec.tick_micros
        row[0, at.INSTRUMENT_PAYOUT_MICROS] = spec.payout_micros
        row[0, at.INSTRUMENT_LEGS] = len(spec.legs)
        for place, leg in enumerate(spec.legs):
            number = self.instrument_numbers[leg.instrument]
            row[0, at.INSTRUMENT_LEG + place] = number
            row[0, at.INSTRUMENT_RATIO + place] = leg.ratio
            self.combos.setdefault(number, []).append(instrument)
        if spec.implied:
            legs = [(self.instrument_numbers[leg.instrument], leg.ratio) for leg in spec.legs]
            self.books.link(instrument, legs, spec.expiry_ns)
        most_legs = max(self.venue.item(at.VENUE_MOST_LEGS), len(spec.legs))
        self.venue[at.VENUE_MOST_LEGS] = most_legs
        self.instruments = np.vstack([self.instruments, row])
        self.positions = _grown(
            self.positions, len(self.accounts), instrument + 1, at.POSITION_COLUMNS
        )
        self.moves = np.vstack([self.moves, np.zeros((1, at.MOVE_COLUMNS), np.int64)])
        self.scenarios.append(default_scenarios(spec))
        self.specs.append(spec)
        self.instrument_numbers[spec.name] = instrument
        self.anchors.append(Anchor(0, 0, {}))
        self.readings.append([])
        if spec.index not in self.index_names:
            self.index_names.append(spec.index)
        return instrument


def _for_kernels(rows: Rows) -> Rows:
    """Return rows as the kernels take them, which would be compiled anew for arrays of another kind."""
    if rows.flags.c_contiguous and rows.flags.writeable:
        return rows
    return rows.copy()


def _hot_row(row: list[int], instrument: int) -> Rows:
    """Return a command row for the kernel with the place and time of a cold one."""
    command = np.zeros((1, at.COMMAND_COLUMNS), np.int64)
    command[0, at.COMMAND_SEQ] = row[at.COMMAND_SEQ]
    command[0, at.COMMAND_TS_NS] = row[at.COMMAND_TS_NS]
    command[0, at.COMMAND_INSTRUMENT] = instrument
    return command
