"""QuietFeed: the public market after batches that nobody is told of, as when a log is applied.

Most events of a batch only move levels, and nobody sees the levels between the first batch and the last.
So compiled code follows them (`level_watch`), and the market gets the depth at the end.
"""

from __future__ import annotations

from collections import defaultdict

import numpy as np

from exchange.core.commands import Rows
from exchange.core.core import Core
from exchange.core.layout import EVENT_KIND, EventKind
from exchange.feed import PublicFeed
from exchange.level_watch import CHANGED, QUOTED, Former, LevelWatch
from marketdata.market import Market, Moves

_ONLY_LEVELS = np.zeros(max(EventKind) + 1, np.bool_)
"""By kind: whether a row tells the public of levels alone, or of nothing."""
_ONLY_LEVELS[
    [
        EventKind.ACCEPTED,
        EventKind.AMENDED,
        EventKind.CANCELLED,
        EventKind.CONDITIONED,
        EventKind.REJECTED,
        EventKind.REDUCED,
        EventKind.REFILLED,
        EventKind.PARKED,
        EventKind.ACTIVATED,
    ]
] = True


class QuietFeed:
    """Feeds a market without listeners; until ``settle`` its depth stays as it was.

    Raises RuntimeError where somebody listens.
    """

    def __init__(self, core: Core, market: Market, feed: PublicFeed) -> None:
        if market.is_heard:
            raise RuntimeError("somebody listens to this market: feed it aloud")
        self._core = core
        self._market = market
        self._feed = feed
        self._watch = LevelWatch(core.books)
        for number in range(len(core.specs)):
            for side, price_ticks, lots in market.board(number).window.formers():
                self._watch.note(Former(number, side, price_ticks, lots))

    def apply(self, events: Rows, *, cut: bool) -> None:
        """Feed the events of the batch that the core has just applied, int64[n, EVENT_COLUMNS]."""
        touched = self._watch.follow(events)
        moves = Moves(
            touched,
            [number for number, news in touched.items() if news & CHANGED],
            [number for number, news in touched.items() if news & QUOTED],
            self._watch.end_window() if cut else (),
        )
        others = events[~_ONLY_LEVELS[events[:, EVENT_KIND]]].tolist()
        self._feed.apply(others, cut=cut, moves=moves)

    def settle(self) -> None:
        """Bring the depth of the market up to date."""
        self._feed.load_depth()
        formers: dict[int, list[tuple[int, int, int]]] = defaultdict(list)
        for number, side, price_ticks, lots in self._watch.formers():
            formers[number].append((side, price_ticks, lots))
        for number in range(len(self._core.specs)):
            self._market.load_formers(number, formers[number])
