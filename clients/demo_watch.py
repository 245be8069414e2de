"""Reads the pictures of a demo from a market view and the traders beside it."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from itertools import islice

from clients.demo_view import CurveLine, CurvePoint, IndexLine, KindLine, Seat, Shown
from clients.live import LiveTrader
from clients.trader import NS_PER_S
from clients.view import MarketView
from exchange.indices.fixing_times import is_transaction
from marketdata.messages import MICROS

LADDER_LEVELS = 8
IMPLIED_LEVELS = 2
"""As deep as CME's implied books."""
LAST_TRADES = 10
NEWS_LINES = 6
CURVE_FAMILIES = 6
CURVE_MONTHS = 8
HALF_A_DAY_S = 43_200
BORROWERS = ("neocloud", "loan-vehicle")
SERVICE, PAYMENTS = "debt service paid $", "payments made"
"""Figures of borrowers' reports."""


class Watcher:
    """Reads pictures from a market view and the traders beside it.

    The rate of messages is taken between two pictures.
    """

    def __init__(
        self,
        view: MarketView,
        runners: Sequence[LiveTrader],
        instrument: str,
        began_s: float,
        *,
        now_ns: Callable[[], int] | None = None,
        days_per_minute: float = 0.0,
    ) -> None:
        self.view = view
        self.news: deque[str] = deque(maxlen=NEWS_LINES)
        self._now_ns = now_ns
        self._days_per_minute = days_per_minute
        self.runners = runners
        self.instrument = instrument
        self._began_s = began_s
        self._last_s = began_s
        self._last_messages = 0

    def look(self, now_s: float) -> Shown:
        """Return the picture at a time of the same clock as ``began_s``."""
        view = self.view
        if self.instrument not in view.instruments:
            # It expired: the next contract of the family is shown.
            family = self.instrument.partition("-")[0]
            nearest = (name for name in view.instruments if name.startswith(f"{family}-"))
            self.instrument = next(nearest, next(iter(view.instruments)))
        listed = view.instruments[self.instrument]
        book, implied = view.book(self.instrument), view.book(self.instrument, "implied")
        messages = sum(runner.exchange.counts.messages for runner in self.runners)
        rate = (messages - self._last_messages) / max(1e-3, now_s - self._last_s)
        self._last_messages, self._last_s = messages, now_s
        index_micros = view.index_micros(self.instrument)
        families = self._families()
        loans = [
            runner.trader.report().figures
            for runner in self.runners
            if runner.trader.kind in BORROWERS
        ]
        mark_ticks = view.mark_ticks(self.instrument)
        return Shown(
            elapsed_s=now_s - self._began_s,
            instrument=self.instrument,
            index=None if index_micros is None else index_micros / MICROS,
            mark=None if mark_ticks is None else listed.price(mark_ticks),
            bids=[(listed.price(ticks), lots) for ticks, lots in book.bids(LADDER_LEVELS)],
            asks=[(listed.price(ticks), lots) for ticks, lots in book.asks(LADDER_LEVELS)],
            implied_bids=[(listed.price(t), lots) for t, lots in implied.bids(IMPLIED_LEVELS)],
            implied_asks=[(listed.price(t), lots) for t, lots in implied.asks(IMPLIED_LEVELS)],
            trades=[
                (trade.side.value, listed.price(trade.price_ticks), trade.qty_lots)
                for trade in islice(reversed(view.trades.get(self.instrument, ())), LAST_TRADES)
            ],
            curve=[self._point(name) for name in view.instruments],
            seats=[_seat(runner) for runner in self.runners],
            messages_a_s=rate,
            orders=sum(runner.tally.orders for runner in self.runners),
            fills=sum(runner.tally.fills for runner in self.runners),
            market_date=self._date(),
            days_per_minute=self._days_per_minute,
            indices=self._indices(),
            families=families,
            curves=self._curves(families),
            kinds=self._kinds(),
            news=list(self.news),
            debt_service=sum(figures.get(SERVICE, 0.0) for figures in loans),
            payments=round(sum(figures.get(PAYMENTS, 0.0) for figures in loans)),
        )

    def _date(self) -> str:
        if self._now_ns is None:
            return ""
        moment = datetime.fromtimestamp(self._now_ns() // NS_PER_S, UTC)
        return f"{moment:%a %Y-%m-%d %H:%M}"

    def _families(self) -> list[str]:
        """Return the families with contract months by underlying, those with the most months first."""
        months: Counter[tuple[str, str]] = Counter()
        for listed in self.view.instruments.values():
            if not listed.perpetual and not listed.legs and not listed.strike_micros:
                months[listed.underlying, listed.family] += 1
        ranked = sorted(months, key=lambda key: (-months[key], key[1]))[:CURVE_FAMILIES]
        return [family for _, family in sorted(ranked, key=lambda key: key[0], reverse=True)]

    def _indices(self) -> list[IndexLine]:
        found: dict[str, dict[bool, float]] = {}
        for name, listed in self.view.instruments.items():
            micros = self.view.index_micros(name)
            if micros is not None and not listed.legs:
                kinds = found.setdefault(listed.underlying, {})
                kinds[is_transaction(listed.index_name)] = micros / MICROS
        return [
            IndexLine(underlying, kinds.get(False), kinds.get(True))
            for underlying, kinds in sorted(found.items(), reverse=True)
        ]

    def _curves(self, families: list[str]) -> list[CurveLine]:
        months: dict[str, dict[str, float]] = {}
        for name, listed in self.view.instruments.items():
            mark_ticks = self.view.mark_ticks(name)
            if listed.family in families and mark_ticks is not None:
                # The last trading instant may be the first of the next month in UTC.
                moment = datetime.fromtimestamp(listed.expiry_ns // NS_PER_S - HALF_A_DAY_S, UTC)
                months.setdefault(f"{moment:%Y-%m}", {})[listed.family] = listed.price(mark_ticks)
        return [
            CurveLine(month, [marks.get(family) for family in families])
            for month, marks in sorted(months.items())[:CURVE_MONTHS]
        ]

    def _kinds(self) -> list[KindLine]:
        groups: dict[str, list[LiveTrader]] = {}
        for runner in self.runners:
            groups.setdefault(runner.trader.kind, []).append(runner)
        return [
            KindLine(
                kind,
                len(runners),
                sum(self._gpu_hours(runner) for runner in runners),
                sum(runner.tally.fills for runner in runners),
                sum(runner.tally.pnl_micros for runner in runners) / MICROS,
            )
            for kind, runners in groups.items()
        ]

    def _gpu_hours(self, runner: LiveTrader) -> float:
        listed = self.view.instruments
        return float(
            sum(
                position.qty_lots * listed[name].contract_hours
                for name, position in runner.exchange.view.positions.items()
                if name in listed
            )
        )

    def _point(self, name: str) -> CurvePoint:
        listed, ticker = self.view.instruments[name], self.view.tickers.get(name)
        if ticker is None:
            return CurvePoint(name, None, None, None, 0)

        def priced(ticks: int | None) -> float | None:
            return None if ticks is None else listed.price(ticks)

        return CurvePoint(
            name,
            priced(ticker.best_bid_ticks),
            priced(ticker.best_ask_ticks),
            priced(ticker.mark_ticks),
            ticker.open_interest_lots,
        )


def _seat(runner: LiveTrader) -> Seat:
    positions = runner.exchange.view.positions.values()
    return Seat(
        runner.trader.name,
        runner.trader.kind,
        sum(position.qty_lots for position in positions),
        runner.tally.fills,
        runner.tally.pnl_micros / MICROS,
    )
