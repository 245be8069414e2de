"""The orders that one connection entered, as far as they may still be live."""

from __future__ import annotations

from typing import TYPE_CHECKING

from exchange.core.commands import Command
from exchange.core.layout import EVENT_ACCOUNT, EVENT_INSTRUMENT, EVENT_ORDER_ID, CommandKind

if TYPE_CHECKING:
    from exchange.venue import Venue

_CANCEL = int(CommandKind.CANCEL)
FIRST_SWEEP = 1_024


class WorkingOrders:
    """Order ids with account and instrument; dead ones are swept out when the number has doubled."""

    def __init__(self, venue: Venue) -> None:
        self._venue = venue
        self._orders: dict[int, tuple[int, int]] = {}
        self._sweep_at = FIRST_SWEEP

    def __len__(self) -> int:
        return len(self._orders)

    def add(self, accepted: list[int]) -> None:
        """Note the order of an ACCEPTED event."""
        self._orders[accepted[EVENT_ORDER_ID]] = (
            accepted[EVENT_ACCOUNT],
            accepted[EVENT_INSTRUMENT],
        )
        if len(self._orders) >= self._sweep_at:
            self._sweep()
            self._sweep_at = max(FIRST_SWEEP, 2 * len(self._orders))

    def cancels(self) -> list[Command]:
        """Return a cancel for each order that is live, and forget them all."""
        self._sweep()
        commands = [
            Command(_CANCEL, account, instrument, order_id)
            for order_id, (account, instrument) in self._orders.items()
        ]
        self._orders.clear()
        return commands

    def _sweep(self) -> None:
        is_live = self._venue.views.orders.is_live
        self._orders = {
            order_id: place
            for order_id, place in self._orders.items()
            if is_live(place[0], order_id)
        }
