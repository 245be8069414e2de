"""Fills in the dialect, whatever the instrument: those of a combo's legs name it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from exchange.gateway.methods.lookup import instrument_numbered
from exchange.gateway.methods.order_fields import FillFields, fill_fields
from exchange.views.trades import Fill

if TYPE_CHECKING:
    from exchange.venue import Venue


def told_fill(venue: Venue, fill: Fill) -> FillFields:
    """Return a fill of any instrument of the venue."""
    combo = instrument_numbered(venue, fill.combo) if fill.combo >= 0 else None
    return fill_fields(fill, instrument_numbered(venue, fill.instrument), combo)
