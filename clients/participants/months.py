"""Which contracts of two families are of the same month, and which combo is made of two contracts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from clients.civil import month_of_ns
from marketdata.messages import Instrument


def is_outright(listed: Instrument) -> bool:
    """Whether it is a dated future that is no spread and no binary."""
    return not (listed.perpetual or listed.legs or listed.binary)


def of_family(instruments: Iterable[Instrument], family: str) -> list[Instrument]:
    """Return a family's outright futures, nearest first."""
    found = [each for each in instruments if each.family == family and is_outright(each)]
    return sorted(found, key=lambda each: each.expiry_ns)


def same_months(
    instruments: Iterable[Instrument], first: str, second: str
) -> list[tuple[Instrument, Instrument]]:
    """Return the pairs of two families' futures of the same month, nearest first."""
    listed = list(instruments)
    others = {month_of_ns(each.expiry_ns): each for each in of_family(listed, second)}
    return [
        (each, others[month])
        for each in of_family(listed, first)
        if (month := month_of_ns(each.expiry_ns)) in others
    ]


def combo_of(
    instruments: Mapping[str, Instrument], bought: str, sold: str
) -> tuple[Instrument, int] | None:
    """Return the combo made of one lot bought and one sold, and 1; or its mirror image and −1."""
    for listed in instruments.values():
        legs = {leg.instrument: leg.ratio for leg in listed.legs}
        if legs == {bought: 1, sold: -1}:
            return listed, 1
        if legs == {bought: -1, sold: 1}:
            return listed, -1
    return None


def family_pairs(words: str) -> list[tuple[str, str]]:
    """Split ``GPU1:HPR,GPU2:BKL``. Raises ValueError for what is no pair."""
    pairs = []
    for word in words.split(","):
        if not word.strip():
            continue
        first, colon, second = word.strip().partition(":")
        if not colon or not first or not second:
            raise ValueError(f"pairs: {word!r} is not of the form GPU1:HPR")
        pairs.append((first.strip(), second.strip()))
    return pairs
