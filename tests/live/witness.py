"""What a log says, folded apart from the exchange's own read models."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from exchange.core import invariants, snapshot
from exchange.core import layout as at
from exchange.core.core import Core
from exchange.core.layout import EventKind
from exchange.log.store import CommandLog


@dataclass
class WitnessedOrder:
    """One order as the log's events leave it; ``past`` holds each (price_ticks, whole size) it had."""

    account: int
    instrument: int
    label: str
    price_ticks: int
    leaves_lots: int
    filled_lots: int = 0
    cancelled: bool = False
    past: set[tuple[int, int]] = field(default_factory=set)

    @property
    def state(self) -> str:
        """In the dialect's words."""
        if self.cancelled:
            return "cancelled"
        return "open" if self.leaves_lots else "filled"


class LogWitness:
    """Follows a log across the lives of the exchange that writes it.

    It keeps its own core from the first command on, so a log that lost or changed a command it has
    read no longer continues it.
    """

    def __init__(self) -> None:
        self.core = Core()
        self.orders: dict[int, WitnessedOrder] = {}
        self.effects: Counter[tuple[int, str]] = Counter()
        """Accepted orders of each (account, label)."""
        self.trades: list[tuple[int, int, int, int]] = []
        """(trade id, instrument, price_ticks, qty_lots), in order."""
        self.fills: dict[int, list[tuple[int, int, int]]] = {}
        """account -> (trade id, order id, qty_lots), in order."""
        self.closed: dict[int, list[int]] = {}
        """account -> order ids in the order in which they closed."""

    def read(self, data_dir: Path) -> None:
        """Take in what the log has gained; the laws must hold after it."""
        log = CommandLog(data_dir, writable=False)
        try:
            for batch in log.read(self.core.seq):
                events = self.core.apply(batch).tolist()
                first_seq = int(batch.rows[0, at.COMMAND_SEQ])
                for row in events:
                    self._fold(row, batch.texts.get(row[at.EVENT_SEQ] - first_seq, ""))
        finally:
            log.close()
        assert invariants.violations(self.core) == []

    @property
    def digest(self) -> str:
        """Of the core after all that was read."""
        return snapshot.digest(self.core)

    def live(self, account: int) -> dict[int, tuple[str, int, int]]:
        """Open orders of an account: id to label, price_ticks and open lots."""
        return {
            order_id: (order.label, order.price_ticks, order.leaves_lots)
            for order_id, order in self.orders.items()
            if order.account == account and order.state == "open"
        }

    def _fold(self, row: list[int], text: str) -> None:
        kind, order_id = row[at.EVENT_KIND], row[at.EVENT_ORDER_ID]
        price_ticks, qty_lots = row[at.EVENT_PRICE_TICKS], row[at.EVENT_QTY_LOTS]
        if kind == EventKind.ACCEPTED:
            account = row[at.EVENT_ACCOUNT]
            order = WitnessedOrder(account, row[at.EVENT_INSTRUMENT], text, price_ticks, qty_lots)
            order.past.add((price_ticks, qty_lots))
            assert order_id not in self.orders
            self.orders[order_id] = order
            if text:
                self.effects[account, text] += 1
        elif kind == EventKind.EXECUTED:
            trade_id = row[at.EVENT_TAG]
            self.trades.append((trade_id, row[at.EVENT_INSTRUMENT], price_ticks, qty_lots))
            # The order in which the exchange lists the two fills of an account that met itself.
            self._fill(row[at.EVENT_RESTING_ORDER_ID], trade_id, qty_lots)
            self._fill(order_id, trade_id, qty_lots)
        elif kind == EventKind.AMENDED:
            order = self.orders[order_id]
            order.price_ticks, order.leaves_lots = price_ticks, qty_lots
            order.past.add((price_ticks, order.filled_lots + qty_lots))
        elif kind == EventKind.CANCELLED:
            order = self.orders[order_id]
            assert order.leaves_lots == qty_lots > 0
            order.leaves_lots, order.cancelled = 0, True
            self.closed.setdefault(order.account, []).append(order_id)

    def _fill(self, order_id: int, trade_id: int, qty_lots: int) -> None:
        order = self.orders[order_id]
        order.leaves_lots -= qty_lots
        order.filled_lots += qty_lots
        assert order.leaves_lots >= 0
        self.fills.setdefault(order.account, []).append((trade_id, order_id, qty_lots))
        if not order.leaves_lots:
            self.closed.setdefault(order.account, []).append(order_id)
