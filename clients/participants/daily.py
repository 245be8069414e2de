"""A trader that keeps its books by the day of the market, from what the exchange says of its money."""

from __future__ import annotations

from abc import abstractmethod

from clients.messages import InstrumentState, Message, UserTrade
from clients.participants.outcome import Outcome
from clients.trader import Command, Report, Trader
from clients.view import MarketView
from marketdata.days import day_of
from marketdata.messages import MICROS


class DailyTrader(Trader):
    """Base of the traders without a business of their own: all that they gain comes from trading.

    A day's P&L is the change of the account's equity, before fees: fills, marks, funding and
    settlements are in it as the exchange booked them. ``outcome`` collects the days.
    """

    hears_market = False
    feeds = ("book", "ticker")
    follows_listing = False
    """Whether ``instruments`` is to choose anew when the listing changed."""

    def __init__(self, name: str, seed: int) -> None:
        super().__init__(name, seed)
        self.outcome = Outcome(name, self.kind)
        self.fees_micros = 0
        self._day: int | None = None
        self._day_fees_micros = 0
        self._start_equity_micros: int | None = None
        self._equity_micros: int | None = None

    @abstractmethod
    def decide(self, now_ns: int) -> list[Command]:
        """Decide, about every ``interval_ns``."""

    def on_day(self, day: int, now_ns: int) -> list[Command]:
        """Begin a day of the market; days without a decision are passed over."""
        return []

    def daily_flow_micros(self, day: int) -> int:
        """Return cash that came from outside the exchange on the day that ends; none here."""
        return 0

    def on_message(self, message: Message, now_ns: int) -> list[Command]:
        """Count fees, and choose anew what to trade."""
        if isinstance(message, UserTrade):
            self.fees_micros += message.fee_micros
        elif self.follows_listing and isinstance(message, InstrumentState):
            self.instruments(self.view)
        return []

    def on_time(self, now_ns: int) -> list[Command]:
        """Close the books of a day that is over, then decide."""
        commands = self._roll(now_ns)
        commands += self.decide(now_ns)
        return commands

    def on_stop(self, now_ns: int) -> list[Command]:
        """Close the books of the day that is not over yet, and take all orders back."""
        if self._day is not None:
            self._close(self._day)
        return super().on_stop(now_ns)

    def _roll(self, now_ns: int) -> list[Command]:
        day = day_of(now_ns)
        if day == self._day:
            return []
        if self._day is not None:
            self._close(self._day)
        self._day = day
        return self.on_day(day, now_ns)

    def _close(self, day: int) -> None:
        account = self.view.account
        if account is None or (self.outcome.days and self.outcome.days[-1].day >= day):
            return
        if self._start_equity_micros is None:
            self._start_equity_micros = self._equity_micros = account.equity_micros
            self.outcome.cash_micros = account.equity_micros
        fees_micros = self.fees_micros - self._day_fees_micros
        gained_micros = account.equity_micros - (self._equity_micros or 0)
        self.outcome.record(
            day,
            self.daily_flow_micros(day),
            gained_micros + fees_micros,
            account.initial_margin_micros,
            fees_micros,
        )
        self._equity_micros = account.equity_micros
        self._day_fees_micros = self.fees_micros

    def on_start(self, view: MarketView, now_ns: int) -> list[Command]:
        """Begin the books with the account's equity."""
        commands = super().on_start(view, now_ns)
        if view.account is not None:
            self._start_equity_micros = self._equity_micros = view.account.equity_micros
            self.outcome.cash_micros = view.account.equity_micros
        return commands

    @property
    def pnl_micros(self) -> int:
        """What the account's equity gained since the start, fees included."""
        account = self.view.account
        if account is None or self._start_equity_micros is None:
            return 0
        return account.equity_micros - self._start_equity_micros

    def exposure_hours(self) -> dict[str, float]:
        """Return the signed GPU-hours held by underlying, binaries and combos left out."""
        held: dict[str, float] = {}
        for name, position in self.view.positions.items():
            listed = self.view.instruments.get(name)
            if position.qty_lots and listed is not None and not listed.binary and not listed.legs:
                hours = float(position.qty_lots * listed.contract_hours)
                held[listed.underlying] = held.get(listed.underlying, 0.0) + hours
        return held

    def has_margin(self, part: float = 0.2) -> bool:
        """Whether so much of the equity is free that a position may grow."""
        account = self.view.account
        return account is None or account.available_funds_micros >= part * account.equity_micros

    def own_figures(self) -> dict[str, float]:
        """Return what is told of this kind of trader beside its money."""
        return {}

    def report(self) -> Report:
        """Return cash, exposure, P&L, fees, margin, the outcome's figures and the kind's own."""
        account = self.view.account
        figures: dict[str, float] = {}
        if account is not None:
            figures["equity $"] = account.equity_micros / MICROS
            figures["margin $"] = account.initial_margin_micros / MICROS
        figures["P&L $"] = self.pnl_micros / MICROS
        figures["fees $"] = self.fees_micros / MICROS
        for underlying, hours in sorted(self.exposure_hours().items()):
            figures[f"{underlying} GPU-hours"] = hours
        figures |= self.own_figures()
        figures |= {f"outcome: {name}": figure for name, figure in self.outcome.figures().items()}
        without = {
            f"outcome: {name}": figure for name, figure in self.outcome.counterfactual().items()
        }
        return Report(
            self.name,
            self.kind,
            figures,
            {name: figure for name, figure in without.items() if name in figures},
        )
