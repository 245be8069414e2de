"""Fixings: the published prices of indices by day, by which contracts settle.

A fixing is never changed in silence: its first publication is version 1, and a restatement is the next
version. What has settled before stays as it is. So an index whose administrator corrects a print works
under IOSCO's Principles for Financial Benchmarks (2013), principles 11 and 12.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from exchange.core import layout as at
from exchange.core.layout import EventKind, Reason
from exchange.core.replies import Row, event, rejected

if TYPE_CHECKING:
    from exchange.core.core import Core

MAX_FIXING_MICROS = 10**12
MAX_FIXED_INDICES = 256
MAX_INDEX_NAME = 64
MAX_DAY = 200_000
"""In days since 1970-01-01; far enough."""


class Fixing(NamedTuple):
    """The price of an index for a day in micros per GPU-hour, and how often it was published."""

    price_micros: int
    version: int


def publish(core: Core, row: Row, text: str) -> list[Row]:
    """Publish the fixing AMOUNT_MICROS of the index named by the text for the day QTY_LOTS.

    PRICE_TICKS is its version: 1 where the day has none, else the next one. The index need not have a
    contract.
    """
    day, price = row[at.COMMAND_QTY_LOTS], row[at.COMMAND_AMOUNT_MICROS]
    version = row[at.COMMAND_PRICE_TICKS]
    if not 1 <= len(text) <= MAX_INDEX_NAME or not text.isprintable():
        return rejected(row, Reason.INVALID_SPEC)
    if not 1 <= price <= MAX_FIXING_MICROS:
        return rejected(row, Reason.INVALID_AMOUNT)
    if text not in core.fixing_names and len(core.fixing_names) >= MAX_FIXED_INDICES:
        return rejected(row, Reason.VENUE_FULL)
    if not 0 <= day <= MAX_DAY:
        return rejected(row, Reason.INVALID_DAY)
    if version != next_version(core, text, day):
        return rejected(row, Reason.INVALID_VERSION)
    if text not in core.fixing_names:
        core.fixing_names.append(text)
    core.fixings[text, day] = Fixing(price, version)
    core.venue[at.VENUE_FIXINGS] += 1
    told = event(
        row,
        EventKind.FIXING_PUBLISHED,
        instrument=core.fixing_names.index(text),
        price_ticks=version,
        qty_lots=day,
        micros=price,
    )
    return [told]


def next_version(core: Core, index: str, day: int) -> int:
    """Return the version that the next publication of an index for a day must have."""
    former = core.fixings.get((index, day))
    return 1 if former is None else former.version + 1
