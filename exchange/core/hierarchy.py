"""Firms, their accounts and sub-accounts: who belongs to whom, and cash that moves within a firm.

One rule for all who ask (fees, groups of self-trade prevention, the kill switch of a firm, moves of cash): an
account belongs to the one that was named when it was opened; where none was, to the one whose name stands
before the last dot of its own, if that is open and may have one (``desk.alice`` to ``desk``); else it is a
firm's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from exchange.core import layout as at
from exchange.core import novation, scenarios
from exchange.core.layout import EventKind, Reason
from exchange.core.replies import Row, event, rejected

if TYPE_CHECKING:
    from exchange.core.core import Core

MAX_DEPTH = 3
"""Firm, account, sub-account."""
MAX_MOVE_MICROS = 10**15
NO_PARENT = -1


def parent_of(core: Core, name: str, named: int) -> int:
    """Return whom a new account belongs to; named: the account given at its opening, or NO_PARENT."""
    if named != NO_PARENT:
        return named
    parent = core.account_numbers.get(name.rpartition(".")[0], NO_PARENT)
    too_deep = parent != NO_PARENT and len(line_of(core, parent)) >= MAX_DEPTH
    return NO_PARENT if too_deep else parent


def line_of(core: Core, account: int) -> list[int]:
    """Return an account, the one that it belongs to, and so on up to its firm."""
    line = [account]
    while core.parents[line[-1]] != NO_PARENT:
        line.append(core.parents[line[-1]])
    return line


def firm_of(core: Core, account: int) -> int:
    """Return the number of the firm that an account belongs to, its own where it is one."""
    return line_of(core, account)[-1]


def below(core: Core, account: int) -> list[int]:
    """Return an account and all that belong to it, in order of their numbers."""
    members = {account}
    # A parent is opened before those that belong to it.
    for number, parent in enumerate(core.parents):
        if parent in members:
            members.add(number)
    return sorted(members)


def move(core: Core, row: Row, _text: str) -> list[Row]:
    """Move AMOUNT_MICROS from ACCOUNT to the account numbered QTY_LOTS, which is of the same firm.

    Nothing leaves an account that is called, or that would then hold less than its initial margin.
    """
    source, target = row[at.COMMAND_ACCOUNT], row[at.COMMAND_QTY_LOTS]
    amount = row[at.COMMAND_AMOUNT_MICROS]
    if not novation.is_account(core, source) or not novation.is_account(core, target):
        return rejected(row, Reason.UNKNOWN_ACCOUNT)
    if not 1 <= amount <= MAX_MOVE_MICROS:
        return rejected(row, Reason.INVALID_AMOUNT)
    held = core.accounts[source].tolist()
    short = held[at.ACCOUNT_CASH_MICROS] - amount < held[at.ACCOUNT_INITIAL_MICROS]
    if short or not novation.is_sound(core, source):
        return rejected(row, Reason.INSUFFICIENT_FUNDS)
    if source == target:
        return rejected(row, Reason.SAME_ACCOUNT)
    if firm_of(core, source) != firm_of(core, target):
        return rejected(row, Reason.OTHER_FIRM)
    for account, micros in ((source, -amount), (target, amount)):
        core.accounts[account, at.ACCOUNT_CASH_MICROS] += micros
        core.accounts[account, at.ACCOUNT_DEPOSITS_MICROS] += micros
        scenarios.assess(core, account)
    told = event(row, EventKind.CASH_MOVED, account=source, micros=amount)
    told[at.EVENT_RESTING_ACCOUNT] = target
    return [told]
