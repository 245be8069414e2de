"""What all of the oracle's rules work on: books, orders, owners, time, and the event rows written."""

from __future__ import annotations

from matching.layout import SLOT_BITS, SLOT_MASK, EventKind
from matching.reference_book import ReferenceBook
from matching.reference_orders import ReferenceOrder
from matching.reference_protection import Protection

EventRow = tuple[int, int, int, int, int, int, int, int]
"""Kind, command, order id, other, price, qty, leaves, resting leaves: the columns of ``layout``."""


class Floor:
    """The whole state of the oracle; ``events`` are the rows of the call under way.

    ``orders`` holds the live orders by id. ``groups`` and ``holdings`` have one entry an owner of the
    owner table. ``protections`` are in the order in which they were first set.
    """

    def __init__(self, max_orders: int) -> None:
        self.max_orders = max_orders
        self.now_ns = 0
        self.books: list[ReferenceBook] = []
        self.orders: dict[int, ReferenceOrder] = {}
        self.groups: list[int] = []
        self.holdings: list[dict[int, int]] = []
        self.protections: dict[tuple[int, int], Protection] = {}
        self.events: list[EventRow] = []
        self.command = 0
        self.cycle_traded = False
        self._free_slots: list[int] = []
        self._fresh_slot = 0
        self._arrivals = 0

    def emit(
        self,
        kind: EventKind,
        order_id: int,
        other: int,
        price_ticks: int,
        qty_lots: int,
        leaves_lots: int = 0,
        resting_lots: int = 0,
    ) -> None:
        """Write an event row."""
        row = (int(kind), self.command, order_id, int(other), price_ticks, qty_lots)
        self.events.append((*row, leaves_lots, int(resting_lots)))

    def restate_price(self, place: int, price_ticks: int) -> None:
        """Give an event row of this call the price that has turned out since."""
        row = self.events[place]
        self.events[place] = (*row[:4], price_ticks, *row[5:])

    def book_of(self, order: ReferenceOrder) -> ReferenceBook:
        """The book of an order."""
        return self.books[order.book]

    def admit(self, order: ReferenceOrder) -> None:
        """Give an order its id; the slot that was freed last is given out first."""
        if self._free_slots:
            slot = self._free_slots.pop()
        else:
            slot, self._fresh_slot = self._fresh_slot, self._fresh_slot + 1
        self._arrivals += 1
        order.order_id = self._arrivals << SLOT_BITS | slot
        self.orders[order.order_id] = order

    def retire(self, order: ReferenceOrder) -> None:
        """Take an order that has ended off the floor; its slot is free again."""
        self.book_of(order).detach(order)
        del self.orders[order.order_id]
        self._free_slots.append(order.order_id & SLOT_MASK)

    def lives(self, order: ReferenceOrder) -> bool:
        """Whether an order has not ended."""
        return order.order_id in self.orders

    def has_owner(self, owner: int) -> bool:
        """Whether an owner is in the owner table."""
        return 0 <= owner < len(self.groups)

    def group(self, owner: int) -> int:
        """The self-trade group of an owner; by itself everybody is alone in one."""
        return self.groups[owner] if self.has_owner(owner) else owner
