"""Kinds of instruments in the words of the dialect, by which lists and channels may be narrowed.

Source: Deribit API v2,
public/get_instruments, ``kind``.
"""

from __future__ import annotations

from typing import Final

from marketdata.messages import Instrument

ANY: Final = "any"
COMBO: Final = "combo"
KINDS: Final = (ANY, "future", "option", "spot", "future_combo", "option_combo", COMBO)
"""Kinds that may be asked for; ``combo`` means combos of all kinds."""


def in_kind(kind: str, instrument: Instrument) -> bool:
    """Say whether an instrument is of a kind that was asked for."""
    if kind == ANY:
        return True
    own = instrument.kind
    return kind == own or (kind == COMBO and own.endswith(COMBO))
