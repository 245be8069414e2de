"""The port of a trader: it sees messages and the time, and returns commands; no socket, no clock.

The same object runs against a live exchange (``clients.live``) and in virtual time. So a trader
imports no asyncio, no time and no global randomness: the time comes with each call, and its random
numbers from a generator that is spawned from the run's seed and the trader's own name, so that
adding a trader does not disturb the others.
"""

from __future__ import annotations

import hashlib
import itertools
from abc import ABC, abstractmethod
from typing import TypeAlias

import msgspec
import numpy as np

from clients.messages import Message, Order, Side, TimeInForce
from clients.view import MarketView

NS_PER_S = 1_000_000_000


class Submit(msgspec.Struct, frozen=True, kw_only=True):
    """A new order under a label of ``Trader.new_label``; ``price_ticks`` None is at market."""

    label: str
    instrument: str
    side: Side
    qty_lots: int
    price_ticks: int | None = None
    time_in_force: TimeInForce = TimeInForce.GTC
    post_only: bool = False
    reduce_only: bool = False


class Amend(msgspec.Struct, frozen=True, kw_only=True):
    """A new price and total size (what is filled counts) for a working order."""

    label: str
    qty_lots: int
    price_ticks: int
    post_only: bool = False


class TwoSided(msgspec.Struct, frozen=True, kw_only=True):
    """All that is quoted in one instrument: a bid, an ask, both, or none to withdraw.

    A side is shown where its size is above 0.
    """

    instrument: str
    bid_ticks: int = 0
    bid_lots: int = 0
    ask_ticks: int = 0
    ask_lots: int = 0


class MassQuote(msgspec.Struct, frozen=True):
    """New quotes, post-only, in place of the former ones of the same instruments, in one message.

    A refused quote comes back as a Rejection of its instrument.
    """

    quotes: tuple[TwoSided, ...]


class Cancel(msgspec.Struct, frozen=True):
    """Take a working order back."""

    label: str


class CancelAll(msgspec.Struct, frozen=True):
    """Take back every working order of the account, or those in one instrument."""

    instrument: str | None = None


Command: TypeAlias = Submit | Amend | Cancel | CancelAll | MassQuote


def generator(seed: int, name: str) -> np.random.Generator:
    """Return the random generator of a trader: a function of the run's seed and its name alone."""
    digest = hashlib.blake2b(name.encode(), digest_size=16).digest()
    words = np.frombuffer(digest, dtype="<u4").tolist()
    return np.random.default_rng(np.random.SeedSequence([seed, *words]))


class Report(msgspec.Struct):
    """What a trader says of itself: a few figures under their names, in its own units.

    without: the counterfactual, what these figures would be without the exchange; only names that are
    in ``figures`` too, and empty for a trader that would do nothing without it.
    """

    trader: str
    kind: str
    figures: dict[str, float] = {}
    without: dict[str, float] = {}


class Trader(ABC):
    """Someone who trades one account.

    The runtime keeps ``view`` up to date before each call and carries the returned commands out in
    order. ``on_time`` is called about every ``interval_ns``.
    """

    kind = "trader"
    interval_ns = NS_PER_S
    hears_market = True
    """Whether ``on_message`` also gets the market's messages; the view shows them in any case."""
    follows_fixings = False
    """Whether the view's fixings are kept up to date."""
    feeds: tuple[str, ...] = ("book", "trades", "ticker")
    """What is followed of each instrument."""

    def __init__(self, name: str, seed: int) -> None:
        self.name = name
        self.rng = generator(seed, name)
        self.view = MarketView({})
        self._label_numbers = itertools.count(1)

    def new_label(self) -> str:
        """Return a label that this trader has not used, under the view's prefix."""
        return f"{self.view.label_prefix}{next(self._label_numbers)}"

    def instruments(self, view: MarketView) -> list[str]:
        """Return the instruments whose market data the trader wants; all that are listed here."""
        return list(view.instruments)

    def on_start(self, view: MarketView, now_ns: int) -> list[Command]:
        """Begin; ``view`` stays the same object until the end."""
        self.view = view
        return []

    def on_message(self, message: Message, now_ns: int) -> list[Command]:
        """Hear of one thing that happened; the view shows it already."""
        return []

    @abstractmethod
    def on_time(self, now_ns: int) -> list[Command]:
        """Decide, about every ``interval_ns``."""

    def on_stop(self, now_ns: int) -> list[Command]:
        """End; what is returned is carried out before the line closes."""
        return [CancelAll()]

    def report(self) -> Report:
        """Return the figures that matter to this kind of trader."""
        return Report(self.name, self.kind)

    def cancels(self, orders: list[Order]) -> list[Command]:
        """Return a cancel for each order."""
        return [Cancel(order.label) for order in orders]
