"""A trader with a real business: what it hedges, how it trades towards it, and what came of it.

Daily it hears a statement of its real business (``clients.economy.statements.RentalDay``), closes
the day of its futures, records both, and decides anew which position it wants. In between it trades
towards that position in small marketable limit orders, never beyond a stated cost and never with
the last of its margin. Where no economy runs, days are made up from its parameters at the index.
"""

from __future__ import annotations

from abc import abstractmethod

import msgspec

from clients.economy.statements import RentalDay, SpotSummary
from clients.messages import Message, Rejection, Side
from clients.participants.contract_months import hedge_strip
from clients.participants.ewma import Ewma
from clients.participants.futures_account import FuturesAccount, FuturesDay
from clients.participants.outcome import DEFAULT_MARGIN_RATE, Outcome
from clients.participants.params import Fraction, Lots, NonNegative, Params, Positive
from clients.participants.rental_days import blank_day, market_micros
from clients.participants.taking import at_once, touch_ticks
from clients.trader import NS_PER_S, Command, Report, Trader
from clients.view import MarketView
from marketdata.days import NS_PER_DAY
from marketdata.messages import MICROS, Instrument

NEVER_NS = 1 << 62
ROUNDING = 1e-9
PAUSE_TURNS = 10
"""Decisions for which an instrument is left alone after the exchange refused an order in it."""
UTILISATION_HALFLIFE_DAYS = 20.0
"""How fast an owner forgets how much of its fleet was rented out; a default."""
ECONOMY_LATE_DAYS = 2
"""So many days without a statement mean that no economy runs."""


class HedgerParams(Params, frozen=True, kw_only=True):
    """Parameters of every hedger; all defaults are this simulator's choice.

    underlying: whose price is at risk. family: contracts that hedge it, empty for the family of the
    underlying that lists the most months. cash_usd: cash of the business beside its account at the
    exchange. margin_rate: what a year of cash that is locked as margin costs. clip_lots: most lots in
    one order. max_cost: how far beyond its reference price, as a part of it, the hedger still adds to
    its hedge (0.1 is 10 %); it waits beyond. reserve: part of the account's equity that added
    positions leave free for variation. tolerance: a turn back by no more than this part of the position
    is not traded, since the spread costs more than it mends.
    """

    interval_s: Positive = 2.0
    underlying: str = "H100"
    family: str = ""
    cash_usd: NonNegative = 2_000_000.0
    margin_rate: NonNegative = DEFAULT_MARGIN_RATE
    clip_lots: Lots = 10
    max_cost: NonNegative = 0.1
    reserve: Fraction = 0.2
    tolerance: Fraction = 0.05


class RealDay(msgspec.Struct, frozen=True):
    """What a day of the real business came to, in micro-dollars.

    unhedged_micros: the same without the futures where that differs.
    """

    cash_micros: int
    unhedged_micros: int | None = None


class Hedger(Trader):
    """Closes days, wants positions, trades towards them."""

    hears_market = False
    feeds = ("book", "ticker")

    def __init__(self, name: str, seed: int, params: HedgerParams) -> None:
        super().__init__(name, seed)
        self.hedger_params = params
        self.interval_ns = int(params.interval_s * NS_PER_S)
        self.futures = FuturesAccount()
        self.outcome = self._new_outcome()
        self.spot: dict[str, SpotSummary] = {}
        """The rental market on the last day, by underlying."""
        self.now_ns = 0
        """Market time of the last call."""
        self._strip: list[str] = []
        self._strip_size = -1
        self._strip_until_ns = NEVER_NS
        self._pauses: dict[str, int] = {}
        self._last_sides: dict[str, Side] = {}
        self._free_micros: int | None = None
        self._last_price_micros: int | None = None
        self._hours_ahead = 0.0
        self._utilisation = Ewma(UTILISATION_HALFLIFE_DAYS)
        self._seen_day: int | None = None
        self._economy = False

    @abstractmethod
    def target_lots(self, listed: Instrument, now_ns: int) -> int:
        """Return the signed position that is wanted in a contract by now."""

    @abstractmethod
    def hours_ahead(self) -> float:
        """Return the GPU-hours whose price is still open: to be sold positive, bought negative."""

    def decide(self, day: RentalDay, futures: FuturesDay, now_ns: int) -> None:
        """Take the slow decisions of a day, after it was recorded."""

    def real_day(self, day: RentalDay, futures: FuturesDay) -> RealDay:
        """Return the cash of the real business; what the statement says unless a kind knows more."""
        return RealDay(day.cash_micros)

    def imagined(self, day: RentalDay, days: int) -> RentalDay:
        """Return a statement of so many days by the parameters, where no economy runs."""
        return day

    def reference_micros(self, index_micros: int, listed: Instrument, now_ns: int) -> float:
        """Return the price that costs are measured against, in micro-dollars per GPU-hour."""
        return index_micros

    @property
    def seen_utilisation(self) -> float | None:
        """Part of the own fleet that was lately rented out; None before a statement tells it."""
        return self._utilisation.value

    def utilisation_else(self, stated: float) -> float:
        """Return the part of the own fleet that was lately rented out, else as stated."""
        seen = self.seen_utilisation
        return stated if seen is None else seen

    @property
    def elapsed_days(self) -> int:
        """Days that the last statement stands for."""
        days = self.outcome.days
        return days[-1].day - days[-2].day if len(days) > 1 else 1

    def own_figures(self) -> dict[str, float]:
        """Return the figures of this kind beside those of every outcome."""
        return {}

    def instruments(self, view: MarketView) -> list[str]:
        """Return the contracts asked for, else what still trades of the strip, nearest first."""
        params = self.hedger_params
        if params.names:
            return params.names
        if len(view.instruments) != self._strip_size or self.now_ns >= self._strip_until_ns:
            listed = [each for each in view.instruments.values() if each.expiry_ns > self.now_ns]
            self._strip = hedge_strip(listed, params.underlying, params.family)
            self._strip_size = len(view.instruments)
            expiries = [view.instruments[name].expiry_ns for name in self._strip]
            self._strip_until_ns = min(expiries, default=NEVER_NS)
        return self._strip

    def on_start(self, view: MarketView, now_ns: int) -> list[Command]:
        """Begin to count days."""
        self.now_ns = now_ns
        self._seen_day = now_ns // NS_PER_DAY
        return super().on_start(view, now_ns)

    def on_message(self, message: Message, now_ns: int) -> list[Command]:
        """Keep fills and settlements, close a day, and leave alone what was refused."""
        if isinstance(message, RentalDay):
            if not self._economy:
                self._economy, self.outcome = True, self._new_outcome()
            self.on_day(message, now_ns)
        elif isinstance(message, Rejection):
            if message.verb == "submit":
                self._pauses[message.instrument] = PAUSE_TURNS
        else:
            self.futures.hear(message, self.view, now_ns)
        return []

    def on_day(self, day: RentalDay, now_ns: int) -> None:
        """Close a day: record it and decide; a day that was closed already is left alone."""
        self.now_ns = now_ns
        if self.outcome.days and day.day <= self.outcome.days[-1].day:
            return
        price_micros = market_micros(day, self.hedger_params.underlying)
        known = {} if price_micros is None else {self.hedger_params.underlying: price_micros}
        futures = self.futures.close_day(self.view, known, now_ns)
        self.spot.update(day.spot)
        rented_part = day.utilisation.get(self.hedger_params.underlying)
        if rented_part is not None:
            self._utilisation.update(rented_part, float(self.elapsed_days))
        real = self.real_day(day, futures)
        if not self.outcome.days:
            self.outcome.cash_micros += self._equity_micros() - futures.pnl_micros
            self.outcome.cash_micros += futures.fees_micros
        self.outcome.record(
            day.day,
            real.cash_micros,
            futures.pnl_micros,
            self._margin_micros(),
            futures.fees_micros,
            matched_micros=futures.matched_micros,
            value_micros=self._value_change(price_micros),
            slippage_micros=futures.slippage_micros,
            unhedged_spot_micros=real.unhedged_micros,
        )
        if price_micros is not None:
            self._last_price_micros = price_micros
        self.decide(day, futures, now_ns)
        self._hours_ahead = self.hours_ahead()

    def on_time(self, now_ns: int) -> list[Command]:
        """Trade towards what is wanted by now."""
        self.now_ns = now_ns
        if not self._economy:
            self._make_up_days(now_ns)
        account = self.view.account
        self._free_micros = None
        if account is not None:
            kept = round(self.hedger_params.reserve * account.equity_micros)
            self._free_micros = account.available_funds_micros - kept
        commands: list[Command] = []
        for name in self.instruments(self.view):
            listed = self.view.instruments.get(name)
            if listed is None or self._is_paused(name) or self.view.own_orders(name):
                continue
            if 0 < listed.expiry_ns <= now_ns:
                continue
            commands += self._towards(listed, now_ns)
        return commands

    def _towards(self, listed: Instrument, now_ns: int) -> list[Command]:
        held_lots = self.view.position_lots(listed.name)
        missing_lots = self.target_lots(listed, now_ns) - held_lots
        if missing_lots == 0:
            return []
        side = Side.BUY if missing_lots > 0 else Side.SELL
        turned = self._last_sides.get(listed.name, side) is not side
        if turned and abs(missing_lots) <= self.hedger_params.tolerance * abs(held_lots):
            return []
        touch = touch_ticks(self, listed.name, side)
        if touch is None:
            return []
        qty_lots = min(abs(missing_lots), self.hedger_params.clip_lots)
        if held_lots * missing_lots < 0:
            qty_lots = min(qty_lots, abs(held_lots))
        else:
            if not self._affordable(listed, side, touch, now_ns):
                return []
            qty_lots = self._covered_lots(listed, touch, qty_lots)
        if qty_lots == 0:
            return []
        self._last_sides[listed.name] = side
        return [at_once(self, listed.name, side, qty_lots, touch)]

    def _affordable(self, listed: Instrument, side: Side, price_ticks: int, now_ns: int) -> bool:
        index_micros = self.view.index_micros(listed.name)
        if index_micros is None:
            return False
        reference = self.reference_micros(index_micros, listed, now_ns)
        cost = (price_ticks * listed.tick_micros / reference - 1) * side.sign
        return cost <= self.hedger_params.max_cost + ROUNDING

    def _covered_lots(self, listed: Instrument, price_ticks: int, qty_lots: int) -> int:
        if self._free_micros is None:
            return qty_lots
        notional = price_ticks * listed.tick_micros * listed.contract_hours
        a_lot = max(1, notional * listed.initial_margin_ppm // MICROS)
        covered = max(0, min(qty_lots, self._free_micros // a_lot))
        self._free_micros -= covered * a_lot
        return covered

    def _is_paused(self, name: str) -> bool:
        turns = self._pauses.get(name, 0)
        if turns:
            self._pauses[name] = turns - 1
        return turns > 0

    def _make_up_days(self, now_ns: int) -> None:
        """Close the day before yesterday's successor by the parameters once no statement came."""
        day = now_ns // NS_PER_DAY - (ECONOMY_LATE_DAYS - 1)
        if self._seen_day is None or day <= self._seen_day:
            return
        price_micros = self._index_micros()
        if price_micros is None:
            return
        underlying = self.hedger_params.underlying
        blank = blank_day(self.name, underlying, day, price_micros)
        self.on_day(self.imagined(blank, day - self._seen_day), now_ns)
        self._seen_day = day

    def _index_micros(self) -> int | None:
        for name in self.instruments(self.view):
            if name in self.view.instruments:
                price_micros = self.view.index_micros(name)
                if price_micros is not None:
                    return price_micros
        return None

    def _value_change(self, price_micros: int | None) -> int:
        if price_micros is None or self._last_price_micros is None:
            return 0
        return round(self._hours_ahead * (price_micros - self._last_price_micros))

    def _equity_micros(self) -> int:
        return 0 if self.view.account is None else self.view.account.equity_micros

    def _margin_micros(self) -> int:
        if self.view.account is not None:
            return self.view.account.initial_margin_micros
        return sum(each.initial_margin_micros for each in self.view.positions.values())

    def _new_outcome(self) -> Outcome:
        params = self.hedger_params
        cash_micros = round(params.cash_usd * MICROS)
        return Outcome(self.name, self.kind, cash_micros, margin_rate_a_year=params.margin_rate)

    def report(self) -> Report:
        """Return the figures of this kind and, once a day is over, those of its outcome."""
        if not self.outcome.days:
            return Report(self.name, self.kind, self.own_figures())
        figures = self.own_figures() | self.outcome.figures()
        return Report(self.name, self.kind, figures, self.outcome.counterfactual())
