"""The cold commands that guard a market: the day's end, self-trade prevention, market-maker protection."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from exchange.core import layout as at
from exchange.core.layout import Reason
from exchange.core.replies import MAX_TIME_NS, Row, rejected
from matching.layout import (
    FROZEN_FOR_GOOD,
    MAX_QTY_LOTS,
    PROTECTION_DELTA_LIMIT,
    PROTECTION_FAMILY,
    PROTECTION_FROZEN_UNTIL_NS,
    PROTECTION_INTERVAL_NS,
    PROTECTION_OWNER,
    Prevention,
)

if TYPE_CHECKING:
    from exchange.core.core import Core


class ProtectionSpec(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A market maker's protection in one family; the text of a SET_PROTECTION command.

    Executions of protected orders count for interval_ns (0: no protection). At qty_limit_lots, or at
    delta_limit_hours bought more than sold or the other way (0: no limit), protected orders are cancelled
    and refused for frozen_ns (0: until the protection is set anew).
    """

    family: str
    interval_ns: int
    frozen_ns: int
    qty_limit_lots: int
    delta_limit_hours: int


def set_day_end(core: Core, row: Row, _text: str) -> list[Row]:
    """Set when DAY orders of an instrument entered from now on end: AMOUNT_MICROS is the UTC nanosecond."""
    instrument, end_ns = row[at.COMMAND_INSTRUMENT], row[at.COMMAND_AMOUNT_MICROS]
    if not 0 <= instrument < len(core.specs):
        return rejected(row, Reason.UNKNOWN_INSTRUMENT)
    if not 1 <= end_ns <= MAX_TIME_NS:
        return rejected(row, Reason.INVALID_AMOUNT)
    core.books.set_day_end(instrument, end_ns)
    return []


def set_group(core: Core, row: Row, _text: str) -> list[Row]:
    """Put an account into the self-trade group that the account numbered QTY_LOTS gives its name to."""
    account, group = row[at.COMMAND_ACCOUNT], row[at.COMMAND_QTY_LOTS]
    accounts = range(len(core.account_names))
    if account not in accounts or group not in accounts:
        return rejected(row, Reason.UNKNOWN_ACCOUNT)
    core.books.set_group(account, group)
    return []


def set_prevention(core: Core, row: Row, _text: str) -> list[Row]:
    """Set the Prevention, QTY_LOTS, that whoever enters an account's orders gives those that say none.

    The core keeps it, and takes orders as they come: what they ask for stands in their own commands.
    """
    account, prevention = row[at.COMMAND_ACCOUNT], row[at.COMMAND_QTY_LOTS]
    if account not in range(len(core.account_names)):
        return rejected(row, Reason.UNKNOWN_ACCOUNT)
    if prevention not in range(len(Prevention)):
        return rejected(row, Reason.INVALID_INSTRUCTION)
    core.preventions.pop(account, None)
    if prevention:
        core.preventions[account] = prevention
    return []


def set_protection(core: Core, row: Row, text: str) -> list[Row]:
    """Set or renew an account's protection in the family that the ProtectionSpec in the text names."""
    account = row[at.COMMAND_ACCOUNT]
    if account not in range(len(core.account_names)):
        return rejected(row, Reason.UNKNOWN_ACCOUNT)
    try:
        spec = msgspec.json.decode(text, type=ProtectionSpec)
    except msgspec.DecodeError:
        return rejected(row, Reason.INVALID_SPEC)
    family = core.family_number(spec.family)
    if family is None:
        return rejected(row, Reason.UNKNOWN_INSTRUMENT)
    times = (spec.interval_ns, spec.frozen_ns)
    limits = (spec.qty_limit_lots, spec.delta_limit_hours)
    if not all(0 <= ns <= MAX_TIME_NS for ns in times) or not all(
        0 <= limit <= MAX_QTY_LOTS for limit in limits
    ):
        return rejected(row, Reason.INVALID_SPEC)
    core.books.set_protection(account, family, *times, *limits)
    return []


def reset_protection(core: Core, row: Row, text: str) -> list[Row]:
    """Set an account's protection in the family named by the text anew: counts begin, a freeze ends."""
    account = row[at.COMMAND_ACCOUNT]
    if account not in range(len(core.account_names)):
        return rejected(row, Reason.UNKNOWN_ACCOUNT)
    family = core.family_number(text)
    if family is None:
        return rejected(row, Reason.UNKNOWN_INSTRUMENT)
    found = protection_row(core, account, family)
    if found is None:
        return rejected(row, Reason.UNPROTECTED)
    terms = found[PROTECTION_INTERVAL_NS : PROTECTION_DELTA_LIMIT + 1]
    core.books.set_protection(account, family, *terms)
    return []


def protection_row(core: Core, account: int, family: int) -> Row | None:
    """Return the PROTECTION_* row of an account in a family, by its number; None without a protection."""
    rows = core.books.protections
    chosen = (
        (rows[:, PROTECTION_OWNER] == account)
        & (rows[:, PROTECTION_FAMILY] == family)
        & (rows[:, PROTECTION_INTERVAL_NS] > 0)
    )
    found: list[Row] = rows[chosen].tolist()
    return found[0] if found else None


def is_frozen(protection: Row, ts_ns: int) -> bool:
    """Say whether a PROTECTION_* row refuses orders at a time."""
    until_ns = protection[PROTECTION_FROZEN_UNTIL_NS]
    return until_ns == FROZEN_FOR_GOOD or ts_ns < until_ns
