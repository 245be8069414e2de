"""The mark rule: trades of a window, else quotes, else the curve, else the index.

In this order the first that says something gives the mark of an instrument:

1. TRADES: the volume-weighted mean price of the last WINDOW_NS, held within the quotes if these are
   narrow (trades of a minute ago must not outvote who would trade now).
2. QUOTES: the mid of best bid and ask, if these are narrow.
3. CURVE: the anchor moved as the family's neighbouring contract months moved that trades or quotes
   mark, between two of them in proportion to the time between their expiries.
4. INDEX: the anchor moved as the index moved.

The *anchor* is the last mark that trades, quotes or a command gave, with the index and the family's
marks at that time: moving it anew each time loses nothing to rounding. A perpetual's mark is held near
its index. A binary keeps its former mark where neither trades nor quotes give one. A combo is not
marked by itself: it follows its legs (``combos``). Worked example: docs/clearing/marks.md.
"""

from __future__ import annotations

from enum import IntEnum
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

from exchange.core.layout import (
    INSTRUMENT_MARK_TICKS,
    INSTRUMENT_STATE,
    INSTRUMENT_TURNOVER_TICKLOTS,
    INSTRUMENT_VOLUME_LOTS,
    State,
)

if TYPE_CHECKING:
    from exchange.core.core import Core

PPM = 1_000_000
WINDOW_NS = 60 * 1_000_000_000
"""Trades count for this long. Ours, not published."""
SAMPLE_NS = WINDOW_NS // 30
"""No two readings of the tape lie nearer together, so that a window is no more than some thirty."""
WIDEST_SPREAD_PPM = 50_000
"""Quotes further apart than this share of the former mark do not make a mark. Ours, not published."""
PERPETUAL_BAND_PPM = 25_000
"""A perpetual's mark stays this near to its index. Ours, not published."""


class MarkRule(IntEnum):
    """What gave a mark; the TAG of a MARKED row."""

    COMMAND = 0
    TRADES = 1
    QUOTES = 2
    CURVE = 3
    INDEX = 4
    FORMER = 5
    LEGS = 6
    """A combo's: the sum of its legs' marks."""


class Mark(NamedTuple):
    """A mark by rule."""

    ticks: int
    rule: MarkRule


class Anchor(NamedTuple):
    """What a later mark moves from; index_micros 0: there was none. family: instrument -> its mark then."""

    ticks: int
    index_micros: int
    family: dict[int, int]


Reading = tuple[int, int, int]
"""Of an instrument's tape: time, volume in lots and turnover in ticks x lots until then."""


def marks_by_rule(core: Core, chosen: list[int], ts_ns: int) -> dict[int, Mark]:
    """Return the marks of instruments by rule, all of the market as it stands before any is set."""
    families = {core.specs[number].family for number in chosen}
    traded: dict[int, Mark] = {}
    for number, spec in enumerate(core.specs):
        if spec.family in families and not spec.is_combo and _is_unexpired(core, number):
            mark = _of_market(core, number, ts_ns)
            if mark is not None:
                traded[number] = mark
    return {number: _bounded(core, number, _of(core, number, traded)) for number in chosen}


def anchor(core: Core, instrument: int, mark_ticks: int) -> None:
    """Let later marks move from this one as the index and the neighbours move from where they are now."""
    spec = core.specs[instrument]
    core.anchors[instrument] = Anchor(
        mark_ticks,
        core.index_prices.get(spec.index, 0),
        {
            number: int(core.instruments[number, INSTRUMENT_MARK_TICKS])
            for number, other in enumerate(core.specs)
            if other.family == spec.family and number != instrument and _is_unexpired(core, number)
        },
    )


def read_tape(core: Core, instrument: int, ts_ns: int) -> None:
    """Keep a reading of the tape for later windows, and forget those that no window needs."""
    readings = core.readings[instrument]
    while len(readings) > 1 and readings[1][0] <= ts_ns - WINDOW_NS:
        del readings[0]
    if not readings or ts_ns - readings[-1][0] >= SAMPLE_NS:
        readings.append((ts_ns, *_tape(core, instrument)))


def lowest_ticks(core: Core, instrument: int) -> int:
    """Return the lowest price at which an instrument is marked."""
    return core.specs[instrument].lowest_ticks


def highest_ticks(core: Core, instrument: int) -> int:
    """Return the highest price at which an instrument is marked."""
    return core.specs[instrument].highest_ticks


def _is_unexpired(core: Core, instrument: int) -> bool:
    return bool(core.instruments[instrument, INSTRUMENT_STATE] != State.EXPIRED)


def _tape(core: Core, instrument: int) -> tuple[int, int]:
    row = core.instruments[instrument]
    return int(row[INSTRUMENT_VOLUME_LOTS]), int(row[INSTRUMENT_TURNOVER_TICKLOTS])


def _of_market(core: Core, instrument: int, ts_ns: int) -> Mark | None:
    quotes = _narrow_quotes(core, instrument)
    average = _window_ticks(core, instrument, ts_ns)
    if average is not None:
        if quotes is not None:
            average = min(max(average, quotes[0]), quotes[1])
        return Mark(average, MarkRule.TRADES)
    if quotes is None:
        return None
    former = int(core.instruments[instrument, INSTRUMENT_MARK_TICKS])
    both = sum(quotes)
    # An odd mid is rounded towards the former mark, so that it does not flicker.
    return Mark(both // 2 if both > 2 * former else (both + 1) // 2, MarkRule.QUOTES)


def _narrow_quotes(core: Core, instrument: int) -> tuple[int, int] | None:
    spec = core.specs[instrument]
    former = int(core.instruments[instrument, INSTRUMENT_MARK_TICKS])
    bid, ask = core.books.best_bid(instrument), core.books.best_ask(instrument)
    # Of a binary the widest spread is a share of what it pays.
    value = spec.highest_ticks if spec.is_binary else former
    if bid is None or ask is None or (ask - bid) * PPM > value * WIDEST_SPREAD_PPM:
        return None
    return bid, ask


def _window_ticks(core: Core, instrument: int, ts_ns: int) -> int | None:
    since = (0, 0)
    for read_ns, volume, turnover in core.readings[instrument]:
        if read_ns > ts_ns - WINDOW_NS:
            break
        since = volume, turnover
    volume, turnover = _tape(core, instrument)
    lots, ticklots = volume - since[0], turnover - since[1]
    return (2 * ticklots + lots) // (2 * lots) if lots > 0 else None


def _of(core: Core, instrument: int, traded: dict[int, Mark]) -> Mark:
    if instrument in traded:
        return traded[instrument]
    if core.specs[instrument].is_binary:
        # It does not move in proportion to anything.
        return Mark(int(core.instruments[instrument, INSTRUMENT_MARK_TICKS]), MarkRule.FORMER)
    anchored = core.anchors[instrument]
    ratio = _curve_ratio(core, instrument, traded)
    if ratio is not None:
        return Mark(_rounded(anchored.ticks * ratio), MarkRule.CURVE)
    index_micros = core.index_prices.get(core.specs[instrument].index, 0)
    if index_micros and anchored.index_micros:
        ratio = Fraction(index_micros, anchored.index_micros)
        return Mark(_rounded(anchored.ticks * ratio), MarkRule.INDEX)
    return Mark(int(core.instruments[instrument, INSTRUMENT_MARK_TICKS]), MarkRule.FORMER)


def _curve_ratio(core: Core, instrument: int, traded: dict[int, Mark]) -> Fraction | None:
    """Return how far the nearest marked contract months moved since the anchor; None without any."""
    spec, anchored = core.specs[instrument], core.anchors[instrument]
    moved = sorted(
        (core.specs[number].expiry_ns, Fraction(mark.ticks, anchored.family[number]))
        for number, mark in traded.items()
        if core.specs[number].family == spec.family
        and not core.specs[number].is_binary
        and anchored.family.get(number)
    )
    earlier = [one for one in moved if one[0] <= spec.expiry_ns][-1:]
    later = [one for one in moved if one[0] > spec.expiry_ns][:1]
    if earlier and later:
        (start_ns, first), (end_ns, last) = earlier[0], later[0]
        return first + (last - first) * Fraction(spec.expiry_ns - start_ns, end_ns - start_ns)
    nearest = earlier or later
    return nearest[0][1] if nearest else None


def _rounded(value: Fraction) -> int:
    """Round half up."""
    return (2 * value.numerator + value.denominator) // (2 * value.denominator)


def _bounded(core: Core, instrument: int, mark: Mark) -> Mark:
    spec = core.specs[instrument]
    index_micros = core.index_prices.get(spec.index, 0)
    ticks = mark.ticks
    if spec.perpetual and index_micros:
        index_ticks = index_micros // spec.tick_micros
        reach = index_ticks * PERPETUAL_BAND_PPM // PPM
        ticks = min(max(ticks, index_ticks - reach), index_ticks + reach)
    lowest, highest = lowest_ticks(core, instrument), highest_ticks(core, instrument)
    return Mark(min(max(ticks, lowest), highest), mark.rule)
