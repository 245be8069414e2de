"""What an account may have, changed after its opening."""

from __future__ import annotations

from typing import TYPE_CHECKING

from exchange.core import layout as at
from exchange.core.layout import Reason
from exchange.core.replies import Row, rejected
from matching.layout import MAX_ORDERS

if TYPE_CHECKING:
    from exchange.core.core import Core


def set_account_limits(core: Core, row: Row, _text: str) -> list[Row]:
    """Limit an account's live orders to QTY_LOTS; those that it has beyond that stay."""
    account, max_orders = row[at.COMMAND_ACCOUNT], row[at.COMMAND_QTY_LOTS]
    if account not in range(len(core.account_names)):
        return rejected(row, Reason.UNKNOWN_ACCOUNT)
    if not 1 <= max_orders <= MAX_ORDERS:
        return rejected(row, Reason.INVALID_QTY)
    core.accounts[account, at.ACCOUNT_MAX_ORDERS] = max_orders
    return []
