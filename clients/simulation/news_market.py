"""Participants of a market that lives of public news: makers, snipers, and investors who just trade.

The roles are those of the model in Budish, Cramton and Shim (Quarterly Journal of Economics 130(4), 2015):
makers quote around a public signal, and when it jumps whoever is first either moves a quote or takes a
stale one. The rules by which makers set their spread are ours: each learns from its own fills.
"""

from __future__ import annotations

import itertools
from collections import deque

import msgspec

from clients import messages as m
from clients.trader import NS_PER_S, Amend, Command, Submit, Trader
from clients.view import MarketView

MARKOUT_NS = NS_PER_S
"""After so long a fill is judged."""
IDLE_NS = 5 * NS_PER_S
"""A maker that has had no fill for so long narrows its quotes."""
JUDGED_FILLS = 10
WIDEST_TICKS = 12


class _Fill(msgspec.Struct, frozen=True):
    ts_ns: int
    sign: int
    price_ticks: int


class NewsTrader(Trader):
    """Someone who hears the signal and trades one instrument."""

    feeds: tuple[str, ...] = ()

    def __init__(self, name: str, seed: int, instrument: str) -> None:
        super().__init__(name, seed)
        self.instrument = instrument
        self.value_ticks: int | None = None

    def on_message(self, message: m.Message, now_ns: int) -> list[Command]:
        """Hear the signal."""
        if isinstance(message, m.IndexPrice):
            listed = self.view.instruments[self.instrument]
            self.value_ticks = message.price_micros // listed.tick_micros
        return []

    def on_time(self, now_ns: int) -> list[Command]:
        """Do nothing by the clock."""
        return []


class Maker(NewsTrader):
    """Quotes both sides around the signal, and moves at once when it does.

    It widens by a tick where its last fills have lost on average after a second, and narrows by one where
    they earned more than two ticks or none came for long. It leans against its position.
    """

    kind = "maker"
    interval_ns = NS_PER_S // 10

    def __init__(
        self, name: str, seed: int, instrument: str, *, lots: int = 10, most_lots: int = 200
    ) -> None:
        super().__init__(name, seed, instrument)
        self.lots, self.most_lots = lots, most_lots
        self.half_ticks = int(self.rng.integers(2, 5))
        self.position_lots = 0
        self._labels: dict[m.Side, str] = {}
        self._fills: deque[_Fill] = deque()
        self._earned_ticks: list[int] = []
        self._last_fill_ns = 0

    def on_start(self, view: MarketView, now_ns: int) -> list[Command]:
        """Wait for the signal."""
        self._last_fill_ns = now_ns
        return super().on_start(view, now_ns)

    def on_message(self, message: m.Message, now_ns: int) -> list[Command]:
        """Requote on news, on a fill, and when a quote has ended."""
        super().on_message(message, now_ns)
        if isinstance(message, m.UserTrade):
            sign = 1 if message.side == m.Side.BUY else -1
            self.position_lots += sign * message.qty_lots
            self._fills.append(_Fill(now_ns, sign, message.price_ticks))
            self._last_fill_ns = now_ns
            return []
        ended = isinstance(message, m.Order) and not message.is_working
        refused = isinstance(message, m.Rejection) and message.verb == "Submit"
        if ended or refused:
            label = getattr(message, "label", "")
            self._labels = {side: own for side, own in self._labels.items() if own != label}
        if isinstance(message, m.IndexPrice) or ended:
            return self._quote()
        return []

    def on_time(self, now_ns: int) -> list[Command]:
        """Learn from what has had its second, and see that both quotes stand."""
        self._learn(now_ns)
        return self._quote()

    def _learn(self, now_ns: int) -> None:
        if self.value_ticks is None:
            return
        while self._fills and self._fills[0].ts_ns + MARKOUT_NS <= now_ns:
            fill = self._fills.popleft()
            self._earned_ticks.append(fill.sign * (self.value_ticks - fill.price_ticks))
        if len(self._earned_ticks) >= JUDGED_FILLS:
            mean_ticks = sum(self._earned_ticks) / len(self._earned_ticks)
            self._earned_ticks.clear()
            if mean_ticks < 0:
                self.half_ticks = min(WIDEST_TICKS, self.half_ticks + 1)
            elif mean_ticks > 2:
                self.half_ticks = max(1, self.half_ticks - 1)
        if now_ns - self._last_fill_ns >= IDLE_NS:
            self._last_fill_ns = now_ns
            self.half_ticks = max(1, self.half_ticks - 1)

    def _quote(self) -> list[Command]:
        if self.value_ticks is None:
            return []
        lean_ticks = round(-2 * self.position_lots / self.most_lots)
        commands: list[Command] = []
        for side, away in ((m.Side.BUY, -1), (m.Side.SELL, 1)):
            price_ticks = self.value_ticks + lean_ticks + away * self.half_ticks
            label = self._labels.get(side)
            order = None if label is None else self.view.orders.get(label)
            if label is None:
                if away * self.position_lots <= -self.most_lots:
                    continue
                self._labels[side] = self.new_label()
                commands.append(
                    Submit(
                        label=self._labels[side],
                        instrument=self.instrument,
                        side=side,
                        qty_lots=self.lots,
                        price_ticks=price_ticks,
                    )
                )
            elif order is not None and order.price_ticks != price_ticks:
                lots = order.filled_lots + self.lots
                commands.append(Amend(label=label, qty_lots=lots, price_ticks=price_ticks))
        return commands


class Sniper(NewsTrader):
    """Takes what stands on the wrong side of the signal, as soon as it hears of it."""

    kind = "sniper"
    feeds = ("book",)

    def __init__(self, name: str, seed: int, instrument: str, *, lots: int = 20) -> None:
        super().__init__(name, seed, instrument)
        self.lots = lots

    def on_message(self, message: m.Message, now_ns: int) -> list[Command]:
        """Look for stale quotes when the signal has moved."""
        super().on_message(message, now_ns)
        if not isinstance(message, m.IndexPrice) or self.value_ticks is None:
            return []
        book = self.view.book(self.instrument)
        bid_ticks, ask_ticks = book.best_bid_ticks, book.best_ask_ticks
        if ask_ticks is not None and ask_ticks < self.value_ticks:
            return [_taking(self, m.Side.BUY, self.lots, self.value_ticks - 1)]
        if bid_ticks is not None and bid_ticks > self.value_ticks:
            return [_taking(self, m.Side.SELL, self.lots, self.value_ticks + 1)]
        return []


class Investor(NewsTrader):
    """Buys or sells at random times whatever the price, up to a distance from the signal."""

    kind = "investor"
    REACH_TICKS = 20

    def __init__(
        self, name: str, seed: int, instrument: str, *, a_second: float, mean_lots: float = 4.0
    ) -> None:
        super().__init__(name, seed, instrument)
        self._mean_lots = mean_lots
        gaps_s = self.rng.exponential(1 / a_second, size=1 << 16)
        self._gaps_ns = itertools.cycle((gaps_s * NS_PER_S).astype(int).tolist())
        self.interval_ns = NS_PER_S // 100
        self._next_ns = 0

    def on_start(self, view: MarketView, now_ns: int) -> list[Command]:
        """Draw when to trade first."""
        self._next_ns = now_ns + next(self._gaps_ns)
        return super().on_start(view, now_ns)

    def on_time(self, now_ns: int) -> list[Command]:
        """Trade where the drawn time has come."""
        commands: list[Command] = []
        while self._next_ns <= now_ns:
            self._next_ns += next(self._gaps_ns)
            side = m.Side.BUY if self.rng.random() < 0.5 else m.Side.SELL
            lots = int(self.rng.geometric(1 / self._mean_lots))
            if self.value_ticks is not None:
                away = self.REACH_TICKS if side == m.Side.BUY else -self.REACH_TICKS
                commands.append(_taking(self, side, lots, self.value_ticks + away))
        return commands


def _taking(trader: NewsTrader, side: m.Side, lots: int, limit_ticks: int) -> Submit:
    return Submit(
        label=trader.new_label(),
        instrument=trader.instrument,
        side=side,
        qty_lots=lots,
        price_ticks=limit_ticks,
        time_in_force=m.TimeInForce.IOC,
    )
