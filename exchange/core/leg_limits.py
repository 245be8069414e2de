"""Whether a combo may be traded: its legs must be open, and each may have what a fill would add to it."""

from __future__ import annotations

from typing import Any

from exchange.core.layout import (
    INSTRUMENT_EXPIRY_NS,
    INSTRUMENT_LEG,
    INSTRUMENT_LEGS,
    INSTRUMENT_MAX_POSITION_LOTS,
    INSTRUMENT_RATIO,
    INSTRUMENT_STATE,
    POSITION_BUY_LOTS,
    POSITION_COMBO_BUY_LOTS,
    POSITION_LOTS,
    POSITION_RESTRICTED,
    Reason,
    State,
)
from exchange.core.ledger import Ledger
from matching.compiled import called, inlined

Array = Any

_NONE = int(Reason.NONE)
_IN_RESTRICTED = int(Reason.RESTRICTED)
_INSTRUMENT_NOT_OPEN = int(Reason.INSTRUMENT_NOT_OPEN)
_POSITION_LIMIT = int(Reason.POSITION_LIMIT)
_OPEN = int(State.OPEN)


@inlined
def legs_are_open(instruments: Array, instrument: int) -> bool:
    """Say whether all legs of an instrument are open; one without legs is no combo, and has none closed."""
    closed = 0
    for place in range(instruments[instrument, INSTRUMENT_LEGS]):
        leg = instruments[instrument, INSTRUMENT_LEG + place]
        closed += int(instruments[leg, INSTRUMENT_STATE] != _OPEN)
    return bool(closed == 0)


@called
def check_legs(
    ledger: Ledger, account: int, combo: int, side: int, working_lots: int, ts_ns: int
) -> int:
    """Return the first reason for which a combo's order may not add ``working_lots`` to what works.

    A leg counts its position, its own working orders, and those of all its combos, all on the side in
    question.
    """
    instruments, positions = ledger.instruments, ledger.positions
    over = 0
    barred = 0
    for place in range(instruments[combo, INSTRUMENT_LEGS]):
        leg = instruments[combo, INSTRUMENT_LEG + place]
        ratio = instruments[combo, INSTRUMENT_RATIO + place]
        expiry_ns = instruments[leg, INSTRUMENT_EXPIRY_NS]
        if instruments[leg, INSTRUMENT_STATE] != _OPEN or ts_ns >= expiry_ns:
            return _INSTRUMENT_NOT_OPEN
        leg_side = side
        if ratio < 0:
            leg_side = 1 - side
        exposed_lots = working_lots * abs(ratio)
        exposed_lots += positions[account, leg, POSITION_COMBO_BUY_LOTS + leg_side]
        exposed_lots += positions[account, leg, POSITION_LOTS] * (1 - 2 * leg_side)
        exposed_lots += positions[account, leg, POSITION_BUY_LOTS + 2 * leg_side]
        if working_lots > 0 and exposed_lots > 0:
            barred += positions[account, leg, POSITION_RESTRICTED]
            over += int(exposed_lots > instruments[leg, INSTRUMENT_MAX_POSITION_LOTS])
    if barred > 0:
        return _IN_RESTRICTED
    if over > 0:
        return _POSITION_LIMIT
    return _NONE
