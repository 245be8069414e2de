"""The line between a trader and the core: commands one way, messages the other, as a live one has them."""

from __future__ import annotations

from clients import messages as m
from clients.trader import Amend, Cancel, CancelAll, Command, MassQuote, Submit, Trader
from exchange.core import commands as core
from exchange.core import layout as at
from exchange.core.layout import CommandKind, EventKind, Instruction, Reason

_TIFS = {m.TimeInForce.GTC: 0, m.TimeInForce.IOC: 1, m.TimeInForce.FOK: 2}
_SIDES = (m.Side.BUY, m.Side.SELL)


class UnsupportedCommandError(ValueError):
    """A trader asked for what lines in virtual time do not carry yet."""


class Line:
    """One account's line: it knows the trader's orders by label, and tells what became of them.

    order_latency_ns: from the trader to the core; feed_latency_ns: from the core to the trader.
    """

    def __init__(
        self,
        trader: Trader,
        account: int,
        numbers: dict[str, int],
        order_latency_ns: int,
        feed_latency_ns: int,
    ) -> None:
        self.trader = trader
        self.account = account
        self.order_latency_ns = order_latency_ns
        self.feed_latency_ns = feed_latency_ns
        self._numbers = numbers
        self._names = {number: name for name, number in numbers.items()}
        self._ids: dict[str, int] = {}
        self._orders: dict[int, m.Order] = {}

    def ordered(self, command: Command) -> core.Command | None:
        """Return the core's command; None where the order that it names does not live.

        Raises UnsupportedCommandError for a mass quote and for a market order.
        """
        match command:
            case Submit(price_ticks=int(price_ticks)):
                instructions = Instruction.POST_ONLY * command.post_only
                instructions |= Instruction.REDUCE_ONLY * command.reduce_only
                return core.Command(
                    CommandKind.SUBMIT,
                    self.account,
                    self._numbers[command.instrument],
                    side=_SIDES.index(command.side),
                    tif=_TIFS[command.time_in_force],
                    instructions=instructions,
                    price_ticks=price_ticks,
                    qty_lots=command.qty_lots,
                )
            case Amend() if command.label in self._ids:
                return core.Command(
                    CommandKind.AMEND,
                    self.account,
                    order_id=self._ids[command.label],
                    instructions=at.AMEND_WHOLE,
                    price_ticks=command.price_ticks,
                    qty_lots=command.qty_lots,
                )
            case Cancel() if command.label in self._ids:
                order_id = self._ids[command.label]
                return core.Command(CommandKind.CANCEL, self.account, order_id=order_id)
            case CancelAll():
                number = -1 if command.instrument is None else self._numbers[command.instrument]
                return core.Command(CommandKind.CANCEL_ALL, self.account, number)
            case MassQuote() | Submit():
                raise UnsupportedCommandError(f"{command}: send orders with a price")
        return None

    def accepted(self, command: Command, events: list[list[int]]) -> None:
        """Note under which id an order was entered, if it was."""
        if isinstance(command, Submit) and events[0][at.EVENT_KIND] == EventKind.ACCEPTED:
            row = events[0]
            order_id = row[at.EVENT_ORDER_ID]
            self._ids[command.label] = order_id
            self._orders[order_id] = m.Order(
                order_id=str(order_id),
                label=command.label,
                instrument=command.instrument,
                side=command.side,
                state=m.OrderState.OPEN,
                price_ticks=row[at.EVENT_PRICE_TICKS],
                qty_lots=row[at.EVENT_QTY_LOTS],
                filled_lots=0,
                average_price_micros=0,
                created_ns=row[at.EVENT_TS_NS],
                updated_ns=row[at.EVENT_TS_NS],
                post_only=command.post_only,
            )

    def messages(self, row: list[int], command: Command | None) -> list[m.Message]:
        """Return what an event row tells this account; ``command`` where it is this account's own."""
        kind, ts_ns = row[at.EVENT_KIND], row[at.EVENT_TS_NS]
        order = self._orders.get(row[at.EVENT_ORDER_ID])
        told: list[m.Message] = []
        if kind in (EventKind.EXECUTED, EventKind.UNCROSSED):
            for column, maker in (
                (at.EVENT_ORDER_ID, kind == EventKind.UNCROSSED),
                (at.EVENT_RESTING_ORDER_ID, True),
            ):
                if row[column] in self._orders:
                    told += self._filled(row, row[column], maker=maker)
        elif kind == EventKind.REJECTED and command is not None:
            reason = row[at.EVENT_TAG]
            label = getattr(command, "label", "")
            name = self._names.get(row[at.EVENT_INSTRUMENT], "")
            told = [m.Rejection(type(command).__name__, label, name, reason, Reason(reason).name)]
        elif order is None:
            return told
        elif kind == EventKind.ACCEPTED:
            told = [order]
        elif kind == EventKind.CANCELLED:
            state = m.OrderState.CANCELLED
            told = [self._change(order, updated_ns=ts_ns, state=state)]
        elif kind in (EventKind.AMENDED, EventKind.REDUCED):
            told = [
                self._change(
                    order,
                    updated_ns=ts_ns,
                    price_ticks=row[at.EVENT_PRICE_TICKS],
                    qty_lots=order.filled_lots + row[at.EVENT_LEAVES_LOTS],
                )
            ]
        return told

    def _filled(self, row: list[int], order_id: int, *, maker: bool) -> list[m.Message]:
        order = self._orders[order_id]
        lots, price_ticks = row[at.EVENT_QTY_LOTS], row[at.EVENT_PRICE_TICKS]
        filled_lots = order.filled_lots + lots
        state = m.OrderState.FILLED if filled_lots == order.qty_lots else m.OrderState.OPEN
        updated_ns = row[at.EVENT_TS_NS]
        changed = self._change(order, filled_lots=filled_lots, state=state, updated_ns=updated_ns)
        is_resting = order_id == row[at.EVENT_RESTING_ORDER_ID]
        fee = at.EVENT_RESTING_FEE_MICROS if is_resting else at.EVENT_FEE_MICROS
        trade = m.UserTrade(
            instrument=order.instrument,
            ts_ns=updated_ns,
            trade_id=str(row[at.EVENT_TAG]),
            trade_seq=row[at.EVENT_TAG],
            order_id=order.order_id,
            label=order.label,
            side=order.side,
            price_ticks=price_ticks,
            qty_lots=lots,
            fee_micros=row[fee],
            is_maker=maker,
        )
        return [trade, changed]

    def _change(self, order: m.Order, **fields: object) -> m.Order:
        known = {name: getattr(order, name) for name in order.__struct_fields__}
        changed = m.Order(**(known | fields))
        order_id = int(order.order_id)
        if changed.is_working:
            self._orders[order_id] = changed
        else:
            del self._orders[order_id]
            self._ids.pop(order.label, None)
        return changed
