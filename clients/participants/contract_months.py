"""Which contracts make the strip of an underlying, and how far away each is."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

from clients.participants.fair_value import years_to_expiry
from clients.view import MarketView
from marketdata.messages import Instrument

MONTHS_A_YEAR = 12
HOURS_A_MONTH = 8_760 / MONTHS_A_YEAR
EXECUTED = "_tx_"
"""In the name of an index of executed rentals."""


def hedge_strip(instruments: Iterable[Instrument], underlying: str, family: str = "") -> list[str]:
    """Return the names of one family's outright dated contracts, nearest first.

    family: whose; empty for that of the underlying with the most contracts, among equals the one on
    executed rentals, which is what a hedger pays or gets, then the first by name. Spreads and
    binaries are no strip.
    """
    by_family: dict[str, list[Instrument]] = {}
    for listed in instruments:
        if not listed.perpetual and not listed.legs and not listed.binary:
            wanted = listed.family == family if family else listed.underlying == underlying
            if wanted:
                by_family.setdefault(listed.family, []).append(listed)
    if not by_family:
        return []

    def order(item: tuple[str, list[Instrument]]) -> tuple[int, bool, str]:
        name, contracts = item
        return -len(contracts), EXECUTED not in contracts[0].index_name, name

    chosen = min(by_family.items(), key=order)[1]
    return [listed.name for listed in sorted(chosen, key=lambda listed: listed.expiry_ns)]


def months_ahead(instrument: Instrument, now_ns: int) -> int:
    """Return in which month from now a contract expires: 0 within the next twelfth of a year."""
    return math.floor(years_to_expiry(instrument, now_ns) * MONTHS_A_YEAR)


def marks_micros(view: MarketView, names: Iterable[str]) -> dict[str, float]:
    """Return the marks in micro-dollars per GPU-hour by contract, those that have one."""
    marks: dict[str, float] = {}
    for name in names:
        listed, ticks = view.instruments.get(name), view.mark_ticks(name)
        if listed is not None and ticks is not None:
            marks[name] = ticks * listed.tick_micros
    return marks


def forward_curve(
    view: MarketView,
    names: Iterable[str],
    now_ns: int,
    months: int,
    spot_micros: float,
    decay_a_year: float,
) -> list[float]:
    """Return the price of each of the next months in micro-dollars per GPU-hour.

    A month with a contract has its mark. Between marks, and between spot and the first of them, the
    logarithm is interpolated; beyond the last the price falls by ``decay_a_year`` in the logarithm.
    """
    known: dict[int, float] = {-1: spot_micros}
    for name, mark in marks_micros(view, names).items():
        ahead = months_ahead(view.instruments[name], now_ns)
        if mark > 0 and ahead < months:
            known.setdefault(ahead, mark)
    return _filled(known, months, decay_a_year)


def _filled(known: Mapping[int, float], months: int, decay_a_year: float) -> list[float]:
    curve: list[float] = []
    for month in range(months):
        before = max(each for each in known if each <= month)
        after = min((each for each in known if each >= month), default=None)
        if after is None:
            fall = decay_a_year * (month - before) / MONTHS_A_YEAR
            curve.append(known[before] * math.exp(-fall))
        elif after == before:
            curve.append(known[before])
        else:
            part = (month - before) / (after - before)
            curve.append(known[before] ** (1 - part) * known[after] ** part)
    return curve
