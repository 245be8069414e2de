"""Offers of close-outs in books of batch auctions: they wait for the auction, and the next step for them.

Only that auction can tell whether the book takes a slice, so neither may a step withdraw it before nor
count as one that closed nothing. docs/clearing/default.md tells the rule.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from exchange.core import layout as at
from exchange.core.layout import AccountStatus, State
from exchange.core.replies import Row
from matching.layout import BOOK_BATCH_END_NS

if TYPE_CHECKING:
    from exchange.core.core import Core


class Offer(msgspec.Struct, frozen=True, array_like=True):
    """What an account's close-out has offered to the batch that ends at ``batch_end_ns``.

    position_lots: what the account held before.
    """

    order_id: int
    instrument: int
    batch_end_ns: int
    position_lots: int


def keep(core: Core, account: int, order_id: int, instrument: int) -> None:
    """Remember what a close-out offers, if it works in a batch that gathers."""
    if core.books.order(order_id) is not None:
        lots = core.positions.item(account, instrument, at.POSITION_LOTS)
        core.offers[account] = Offer(order_id, instrument, _batch_end_ns(core, instrument), lots)


def _batch_end_ns(core: Core, instrument: int) -> int:
    return int(core.books.rows[instrument, BOOK_BATCH_END_NS])


def waits(core: Core, account: int) -> bool:
    """Say whether an account's offer is in a batch whose auction is still to come."""
    offer = core.offers.get(account)
    return (
        offer is not None
        and core.instruments.item(offer.instrument, at.INSTRUMENT_STATE) == State.OPEN
        and _batch_end_ns(core, offer.instrument) == offer.batch_end_ns
        and core.books.order(offer.order_id) is not None
    )


def needless(core: Core) -> list[int]:
    """Return the accounts that became whole while an offer of their close-out waits, in their order."""
    sound = int(AccountStatus.SOUND)
    return [
        account
        for account in sorted(core.offers)
        if core.accounts.item(account, at.ACCOUNT_STATUS) == sound
    ]


def withdraw(core: Core, row: Row, account: int) -> list[Row]:
    """Take back what an account has offered, as far as it works still; return the event rows."""
    order_id = core.offers.pop(account).order_id
    return core.cancel(row, account, order_id) if core.books.order(order_id) is not None else []


def judge(core: Core, account: int) -> bool | None:
    """Forget an account's last offer; return whether it closed any lots, None where none was made."""
    offer = core.offers.pop(account, None)
    if offer is None:
        return None
    lots = core.positions.item(account, offer.instrument, at.POSITION_LOTS)
    return abs(lots) < abs(offer.position_lots)
