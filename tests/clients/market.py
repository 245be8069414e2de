"""A small market for traders without a server: its view, its clock, and fills by hand."""

from __future__ import annotations

import msgspec

from clients import messages as m
from clients.trader import Amend, Cancel, CancelAll, Command, MassQuote, Submit, Trader, TwoSided
from clients.view import MarketView
from marketdata.messages import MICROS, Instrument

START_NS = 1_790_000_000_000_000_000
MONTH_NS = 30 * 86_400 * 1_000_000_000
NEAR, FAR, PERPETUAL = "GPU1-30NOV26", "GPU1-31DEC26", "H100-PERPETUAL"


def listed(name: str, number: int, months: int, hours: int = 730) -> Instrument:
    """A contract that expires after so many months, 0 for a perpetual."""
    return Instrument(
        instrument_id=number,
        name=name,
        family=name.split("-")[0],
        underlying="H100",
        index_name="h100",
        perpetual=months == 0,
        tick_micros=10_000,
        contract_hours=hours,
        creation_ns=START_NS,
        expiry_ns=START_NS + months * MONTH_NS - MONTH_NS // 2 if months else 0,
        maker_fee_micros=0,
        taker_fee_micros=0,
        initial_margin_ppm=200_000,
        maintenance_margin_ppm=150_000,
        max_order_lots=1_000,
    )


class Market:
    """Others' quotes around an index, and one account whose orders rest or trade against them."""

    def __init__(self, index: float = 2.8, prefix: str = "r.") -> None:
        instruments = [listed(NEAR, 1, 1), listed(FAR, 2, 2), listed(PERPETUAL, 3, 0, 1)]
        self.view = MarketView({each.name: each for each in instruments}, prefix)
        self.now_ns = START_NS
        self.change_id = 0
        self.trades = 0
        self.outside: dict[str, tuple[int, int, int]] = {}
        self.print_index(index)

    def print_index(self, price: float) -> None:
        """Move the index."""
        self.view.apply(m.IndexPrice("h100", self.now_ns, round(price * MICROS)))

    def show_tickers(self, state: str = "open", **marks: int) -> None:
        """Show every instrument in a state, at no mark but those given (dashes as underscores)."""
        for name in self.view.instruments:
            self.view.apply(
                m.Ticker(
                    instrument=name,
                    ts_ns=self.now_ns,
                    state=state,
                    mark_ticks=marks.get(name.replace("-", "_")),
                    last_ticks=None,
                    best_bid_ticks=None,
                    best_bid_lots=0,
                    best_ask_ticks=None,
                    best_ask_lots=0,
                    open_interest_lots=0,
                    index_micros=None,
                )
            )

    def add(self, instrument: Instrument) -> None:
        """List one more instrument."""
        self.view.instruments[instrument.name] = instrument

    def pay(self, equity_micros: int, available_micros: int | None = None) -> None:
        """Say what the account is worth."""
        free_micros = equity_micros if available_micros is None else available_micros
        self.view.apply(
            m.AccountSummary(
                equity_micros=equity_micros,
                balance_micros=equity_micros,
                available_funds_micros=free_micros,
                initial_margin_micros=equity_micros - free_micros,
                maintenance_margin_micros=0,
            )
        )

    def quote(self, name: str, bid_ticks: int, ask_ticks: int, lots: int = 1_000) -> None:
        """Show others' quotes, beside the account's own orders."""
        self.outside[name] = (bid_ticks, ask_ticks, lots)
        self._show(name)

    def _show(self, name: str) -> None:
        sides: dict[m.Side, dict[int, int]] = {m.Side.BUY: {}, m.Side.SELL: {}}
        if name in self.outside:
            bid, ask, lots = self.outside[name]
            sides = {m.Side.BUY: {bid: lots}, m.Side.SELL: {ask: lots}}
        for order in self.view.own_orders(name) + self.view.own_quotes(name):
            assert order.price_ticks is not None
            levels = sides[order.side]
            levels[order.price_ticks] = levels.get(order.price_ticks, 0) + order.leaves_lots
        self.change_id += 1
        bids, asks = (
            [("new", price, size) for price, size in sorted(sides[side].items())]
            for side in (m.Side.BUY, m.Side.SELL)
        )
        self.view.apply(m.BookUpdate(name, self.now_ns, self.change_id, None, bids, asks))

    def carry_out(self, trader: Trader, commands: list[Command]) -> list[Command]:
        """Do what a trader wants: an IOC order trades in full at the others' touch, others rest."""
        for command in commands:
            match command:
                case Submit():
                    self._submit(trader, command)
                case Amend():
                    order = self.view.orders[command.label]
                    self._update(order, qty_lots=command.qty_lots, price_ticks=command.price_ticks)
                case Cancel():
                    self._update(self.view.orders[command.label], state=m.OrderState.CANCELLED)
                case MassQuote():
                    for quote in command.quotes:
                        self._mass_quote(quote)
                case CancelAll():
                    for order in list(self.view.orders.values()):
                        self._update(order, state=m.OrderState.CANCELLED)
        return commands

    def _mass_quote(self, quote: TwoSided) -> None:
        for order in self.view.own_quotes(quote.instrument):
            self._update(order, state=m.OrderState.CANCELLED)
        for side, ticks, lots in (
            (m.Side.BUY, quote.bid_ticks, quote.bid_lots),
            (m.Side.SELL, quote.ask_ticks, quote.ask_lots),
        ):
            if lots:
                self.change_id += 1
                self.view.apply(
                    m.Order(
                        order_id=f"Q-{self.change_id}",
                        label="",
                        instrument=quote.instrument,
                        side=side,
                        state=m.OrderState.OPEN,
                        price_ticks=ticks,
                        qty_lots=lots,
                        filled_lots=0,
                        average_price_micros=0,
                        created_ns=self.now_ns,
                        updated_ns=self.now_ns,
                        post_only=True,
                        quote=True,
                    )
                )
        self._show(quote.instrument)

    def _update(self, order: m.Order, **fields: object) -> None:
        fields["updated_ns"] = order.updated_ns + 1
        self.view.apply(msgspec.structs.replace(order, **fields))
        self._show(order.instrument)

    def _submit(self, trader: Trader, command: Submit) -> None:
        assert command.label.startswith(self.view.label_prefix)
        assert command.label not in self.view.orders
        ioc = command.time_in_force is m.TimeInForce.IOC
        self.trades += ioc
        order = m.Order(
            order_id=f"O-{command.label}",
            label=command.label,
            instrument=command.instrument,
            side=command.side,
            state=m.OrderState.FILLED if ioc else m.OrderState.OPEN,
            price_ticks=command.price_ticks,
            qty_lots=command.qty_lots,
            filled_lots=command.qty_lots if ioc else 0,
            average_price_micros=0,
            created_ns=self.now_ns,
            updated_ns=self.now_ns,
            post_only=command.post_only,
        )
        self.view.apply(order)
        if ioc:
            self._fill(trader, order)
        self._show(command.instrument)

    def _fill(self, trader: Trader, order: m.Order) -> None:
        bid, ask, _ = self.outside[order.instrument]
        fill = m.UserTrade(
            instrument=order.instrument,
            ts_ns=self.now_ns,
            trade_id=str(self.trades),
            trade_seq=self.trades,
            order_id=order.order_id,
            label=order.label,
            side=order.side,
            price_ticks=ask if order.side is m.Side.BUY else bid,
            qty_lots=order.qty_lots,
            fee_micros=0,
            is_maker=False,
        )
        held = self.view.position_lots(order.instrument) + order.side.sign * order.qty_lots
        self.hold(order.instrument, held)
        trader.on_message(fill, self.now_ns)

    def hold(self, name: str, qty_lots: int) -> None:
        """Give the account a position."""
        self.view.apply(
            m.Position(
                instrument=name,
                qty_lots=qty_lots,
                average_price_micros=0,
                mark_ticks=None,
                realised_micros=0,
                floating_micros=0,
            )
        )

    def tick(self, trader: Trader, seconds: float = 1.0) -> list[Command]:
        """Let time pass and do what the trader then wants."""
        self.now_ns += int(seconds * 1e9)
        return self.carry_out(trader, trader.on_time(self.now_ns))
