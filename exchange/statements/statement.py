"""A statement: one account's day from its opening balance, over its postings, to its closing balance."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec
import numpy as np

from exchange.core import layout as at
from exchange.core.core import Core
from exchange.core.layout import AccountStatus
from exchange.statements.day_end import CASH, DEPOSITS, FEES, RELIEF, VARIATION, DayEnd
from exchange.statements.postings import KINDS, Line, PostingKind

Lines = dict[Line, tuple[int, int]]
"""(kind, instrument) -> how many changes, and what they come to in micro-dollars."""

_OF_DEPOSITS = (PostingKind.DEPOSIT, PostingKind.WITHDRAWAL, PostingKind.MOVE)
_OF_FEES = (PostingKind.FEE, PostingKind.SETTLEMENT_FEE)


class StatementError(RuntimeError):
    """Postings do not explain a balance: an error of this program, never of an account."""


class Posting(msgspec.Struct, frozen=True):
    """A line of a statement. instrument: its name, empty where the line is about none.

    entries: how many changes it sums up; 1 for what is known as a sum alone.
    """

    kind: PostingKind
    instrument: str
    entries: int
    amount_micros: int


class Held(msgspec.Struct, frozen=True):
    """A position at the day's end; value_micros at the mark, with the sign of the position."""

    instrument: str
    lots: int
    mark_micros: int
    value_micros: int


class Statement(msgspec.Struct, frozen=True):
    """One account's day. day: days since 1970-01-01; ts_ns: when it ended, UTC nanoseconds."""

    account: str
    day: int
    ts_ns: int
    opening_micros: int
    postings: list[Posting]
    closing_micros: int
    positions: list[Held]
    initial_micros: int
    maintenance_micros: int
    status: str


def statements(
    core: Core, day: int, former: DayEnd, present: DayEnd, sums: Mapping[int, Lines]
) -> list[Statement]:
    """Return every account's statement of the time from one day's end to another.

    present: of ``core`` as it is now. sums: by account, of what events tell. Raises StatementError
    where postings and balances differ.
    """
    former = former.grown(len(present.accounts), present.positions.shape[1])
    lines: dict[int, Lines] = {account: dict(own) for account, own in sums.items()}
    gained = present.positions - former.positions
    for account, instrument, column in np.argwhere(gained).tolist():
        kind = PostingKind.VARIATION if column == VARIATION else PostingKind.FUNDING
        amount = int(gained[account, instrument, column])
        lines.setdefault(account, {})[kind, instrument] = (1, amount)
    moved = present.accounts - former.accounts
    for account in np.flatnonzero(moved[:, RELIEF]).tolist():
        relief = int(moved[account, RELIEF])
        lines.setdefault(account, {})[PostingKind.RELIEF, -1] = (1, relief)
    found = []
    for account in range(len(present.accounts)):
        own = lines.get(account, {})
        _take_corrections_out(own)
        _check(core.account_names[account], own, moved[account].tolist())
        opening = int(former.accounts[account, CASH])
        found.append(_statement(core, account, day, opening, own))
    return found


def _take_corrections_out(lines: Lines) -> None:
    """Show what corrections moved by themselves, not once more in the variation that contains it."""
    for (kind, instrument), (_, amount) in list(lines.items()):
        if kind == PostingKind.CORRECTION:
            key = PostingKind.VARIATION, instrument
            variation = lines.pop(key, (1, 0))[1] - amount
            if variation:
                lines[key] = (1, variation)


def _check(name: str, lines: Lines, moved: list[int]) -> None:
    def total(*kinds: PostingKind) -> int:
        return sum(amount for (kind, _), (_, amount) in lines.items() if kind in kinds)

    for what, posted, told in (
        ("deposits", total(*_OF_DEPOSITS), moved[DEPOSITS]),
        ("fees", -total(*_OF_FEES), moved[FEES]),
        ("cash", total(*KINDS), moved[CASH]),
    ):
        if posted != told:
            raise StatementError(
                f"{name}: postings of {what} come to {posted}, the core has {told}"
            )


def _statement(
    core: Core,
    account: int,
    day: int,
    opening_micros: int,
    lines: Lines,
) -> Statement:
    def order(key: Line) -> tuple[int, int]:
        return KINDS.index(key[0]), key[1]

    postings = [
        Posting(kind, core.specs[number].name if number >= 0 else "", *lines[kind, number])
        for kind, number in sorted(lines, key=order)
    ]
    row = core.accounts[account].tolist()
    return Statement(
        core.account_names[account],
        day,
        core.ts_ns,
        opening_micros,
        postings,
        row[at.ACCOUNT_CASH_MICROS],
        list(_positions(core, account)),
        row[at.ACCOUNT_INITIAL_MICROS],
        row[at.ACCOUNT_MAINTENANCE_MICROS],
        AccountStatus(row[at.ACCOUNT_STATUS]).name.lower(),
    )


def _positions(core: Core, account: int) -> Iterator[Held]:
    held = core.positions[account, :, at.POSITION_LOTS]
    for instrument in np.flatnonzero(held).tolist():
        spec, lots = core.specs[instrument], int(held[instrument])
        mark_ticks = int(core.instruments[instrument, at.INSTRUMENT_MARK_TICKS])
        value_micros = lots * mark_ticks * spec.tick_value_micros
        yield Held(spec.name, lots, mark_ticks * spec.tick_micros, value_micros)
