"""Traders on the exchange's own core, without sockets: their orders match, their cash is the core's."""

from __future__ import annotations

from clients import messages as m
from clients.economy.statements import RentalDay
from clients.trader import Command as Wish
from clients.trader import Submit, Trader
from clients.view import MarketView
from exchange.core import layout as at
from exchange.core.commands import Command
from exchange.core.layout import CommandKind, EventKind
from marketdata.messages import Instrument
from tests.clients.market import START_NS, listed
from tests.exchange.core.lab import BUY, GTC, IOC, SELL, USD, Lab, Row, spec, submit

STREET, STREET_LOTS = 0, 400
NAMES = ("GPU1-30OCT26", "GPU1-30NOV26", "GPU1-31DEC26")


class Stage:
    """Three months, a street that quotes a tick around every mark, and one trader's account."""

    def __init__(self, trader: Trader, deposit_usd: int) -> None:
        self.contracts = {
            name: listed(name, number, number + 1) for number, name in enumerate(NAMES)
        }
        wide = {"band_ppm": 0, "band_ticks": 4_000, "max_position_lots": 100_000}
        specs = [
            spec(name, expiry_ns=each.expiry_ns, **wide) for name, each in self.contracts.items()
        ]
        self.lab = Lab(*specs, deposits=(10**9 * USD, deposit_usd * USD))
        self.view = MarketView(self.contracts, "r.")
        self.trader, self.now_ns = trader, START_NS
        self.live = dict.fromkeys(NAMES, 300)
        self._changes = 0
        self._sent = 0
        for name in NAMES:
            self.mark(name, 300)
        trader.on_start(self.view, self.now_ns)

    def mark(self, name: str, ticks: int) -> None:
        """Mark a contract and let the street quote around it."""
        number = NAMES.index(name)
        self.live[name] = ticks
        self.lab.do(
            Command(CommandKind.CANCEL_ALL, STREET, number),
            Command(CommandKind.MARK, instrument=number, price_ticks=ticks),
        )
        for side, price in ((BUY, ticks - 1), (SELL, ticks + 1)):
            self.lab.order(submit(STREET, side, price, STREET_LOTS, instrument=number, tif=GTC))
        self._changes += 1
        bids, asks = ([("new", ticks + step, STREET_LOTS)] for step in (-1, 1))
        self.view.apply(m.BookUpdate(name, self.now_ns, self._changes, None, bids, asks))
        self.view.apply(
            m.Ticker(
                instrument=name,
                ts_ns=self.now_ns,
                state="open",
                mark_ticks=ticks,
                last_ticks=None,
                best_bid_ticks=ticks - 1,
                best_bid_lots=STREET_LOTS,
                best_ask_ticks=ticks + 1,
                best_ask_lots=STREET_LOTS,
                open_interest_lots=0,
                index_micros=None,
            )
        )
        self._tell_account()

    def print_index(self, price_micros: int) -> None:
        """Move the index."""
        self.view.apply(m.IndexPrice("h100", self.now_ns, price_micros))

    def settle(self, name: str, price_micros: int) -> None:
        """Settle a contract finally."""
        number = NAMES.index(name)
        self.now_ns = max(self.now_ns, self.contracts[name].expiry_ns)
        self.lab.do(
            Command(CommandKind.SETTLE, instrument=number, amount_micros=price_micros),
        )
        assert self.lab.lots(1, number) == 0
        del self.live[name]
        self._tell_position(name)
        self._tell_account()

    def tick(self, seconds: int = 60) -> list[Wish]:
        """Let time pass and carry the trader's orders out."""
        self.now_ns += seconds * 10**9
        wishes = self.trader.on_time(self.now_ns)
        for wish in wishes:
            assert isinstance(wish, Submit)
            assert wish.price_ticks is not None
            self._sent += 1
            side = BUY if wish.side is m.Side.BUY else SELL
            number = NAMES.index(wish.instrument)
            order = submit(1, side, wish.price_ticks, wish.qty_lots, instrument=number, tif=IOC)
            for row in self.lab.do(order):
                self._tell(wish, row)
            self._tell_position(wish.instrument)
            self._tell_account()
        return wishes

    def day(self, day: RentalDay) -> None:
        """Let the trader hear of a day."""
        self.now_ns = max(self.now_ns, day.ts_ns)
        self.trader.on_message(day, self.now_ns)

    @property
    def equity_micros(self) -> int:
        """The trader's equity by the core."""
        return self.lab.cash(1)

    def _tell(self, wish: Submit, row: Row) -> None:
        if row[at.EVENT_KIND] != EventKind.EXECUTED:
            assert row[at.EVENT_KIND] != EventKind.REJECTED, at.Reason(row[at.EVENT_TAG]).name
            return
        fill = m.UserTrade(
            instrument=wish.instrument,
            ts_ns=self.now_ns,
            trade_id=str(row[at.EVENT_TAG]),
            trade_seq=row[at.EVENT_TAG],
            order_id=str(row[at.EVENT_ORDER_ID]),
            label=wish.label,
            side=wish.side,
            price_ticks=row[at.EVENT_PRICE_TICKS],
            qty_lots=row[at.EVENT_QTY_LOTS],
            fee_micros=row[at.EVENT_FEE_MICROS],
            is_maker=False,
        )
        self.trader.on_message(fill, self.now_ns)

    def _tell_position(self, name: str) -> None:
        number = NAMES.index(name)
        row = self.lab.core.position(1, number)
        position = m.Position(
            instrument=name,
            qty_lots=int(row[at.POSITION_LOTS]),
            average_price_micros=0,
            mark_ticks=None,
            realised_micros=int(row[at.POSITION_REALISED_MICROS]),
            floating_micros=0,
        )
        self.view.apply(position)
        self.trader.on_message(position, self.now_ns)

    def _tell_account(self) -> None:
        equity, initial = self.lab.cash(1), self.lab.initial(1)
        self.view.apply(
            m.AccountSummary(
                equity_micros=equity,
                balance_micros=equity,
                available_funds_micros=max(0, equity - initial),
                initial_margin_micros=initial,
                maintenance_margin_micros=initial,
            )
        )

    @property
    def listed(self) -> dict[str, Instrument]:
        """The contracts by name."""
        return self.contracts
