"""Computing indices over a panel of many days, as the publisher would have printed them day by day."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

import msgspec
import numpy as np
from numpy.typing import NDArray

from exchange.indices.methodology import Methodology
from exchange.indices.panel import Panel
from exchange.indices.publication import IndexPrint, Publisher
from exchange.indices.series import close_ns
from marketdata.days import NS_PER_DAY


class Publishing(Protocol):
    """What closes days: a Publisher, or a recording of one."""

    def close(self, day: int, observations: Panel) -> tuple[IndexPrint, ...]:
        """Close a day and return its prints."""


def first_close(ts_ns: int, methodology: Methodology) -> int:
    """Return the first day (since 1970) whose close a time does not come after."""
    day = ts_ns // NS_PER_DAY - 1
    while ts_ns > close_ns(day, methodology.at(day).terms.publication):
        day += 1
    return day


def compute(
    panel: Panel,
    methodologies: Sequence[Methodology],
    *,
    first_day: int | None = None,
    last_day: int | None = None,
    publisher: Publishing | None = None,
    progress: Callable[[int, int], None] = lambda done, of: None,
) -> list[IndexPrint]:
    """Return the prints of every index from first_day to last_day, by day.

    panel: in order of time. Days before first_day are calculated too, for look-back and bands, but
    their prints are left out; first_day and last_day are by default those of the panel. publisher: a
    fresh one of the same indices, for a caller that asks it afterwards. progress: called with days done,
    and of how many.
    """
    if not len(panel) or not methodologies:
        return []
    start = min(first_close(int(panel.ts_ns[0]), each) for each in methodologies)
    end = max(first_close(int(panel.ts_ns[-1]), each) for each in methodologies)
    end = end if last_day is None else last_day
    publisher = publisher or Publisher(without_revisions(each) for each in methodologies)
    days = range(start, end + 1)
    bounds = _bounds(panel, days, methodologies)
    prints: list[IndexPrint] = []
    for number, day in enumerate(days):
        found = publisher.close(day, panel.take(slice(bounds[number], bounds[number + 1])))
        if first_day is None or day >= first_day:
            prints += found
        progress(number + 1, len(days))
    return prints


def _bounds(panel: Panel, days: range, methodologies: Sequence[Methodology]) -> NDArray[np.intp]:
    """Return where the rows begin that arrive for each day: those until the latest of the closes."""
    ends = [
        max(close_ns(day, each.at(day).terms.publication) for each in methodologies) for day in days
    ]
    return np.concatenate([[0], np.searchsorted(panel.ts_ns, ends, side="right")])


def without_revisions(methodology: Methodology) -> Methodology:
    """Return a methodology that keeps no past days: rows that come in order are never late."""
    versions = tuple(
        each._replace(
            terms=msgspec.structs.replace(
                each.terms,
                publication=msgspec.structs.replace(each.terms.publication, revision_days=0),
            )
        )
        for each in methodology.versions
    )
    return methodology._replace(versions=versions)
