"""public/get_time, get_clock, status."""

from __future__ import annotations

from typing import Any

from exchange.gateway.rpc import Context, NoParams, method
from marketdata.messages import State, milliseconds

_TRADED = (State.PRE_OPEN, State.HALTED, State.CLOSED)


@method("public/get_time")
def get_time(context: Context, params: NoParams) -> int:
    """Return the market's time in milliseconds since 1970 UTC."""
    return milliseconds(context.now_ns)


@method("public/get_clock")
def get_clock(context: Context, params: NoParams) -> dict[str, Any]:
    """Return the market's time, the wall clock's, and how fast the one runs against the other.

    Not in Deribit's API. Commands, candles and expiries live by ``timestamp``; signatures and tokens by
    ``wall_timestamp``. ``rate`` is market seconds per second, 1 in real time.
    """
    return {
        "timestamp": milliseconds(context.now_ns),
        "wall_timestamp": milliseconds(context.wall_ns),
        "rate": context.venue.clock.rate,
    }


@method("public/status")
def status(context: Context, params: NoParams) -> dict[str, Any]:
    """Return whether trading is locked: "true" everywhere, "partial" in some families, "false".

    A family is locked while none of its instruments is open. ``accepting`` is false, with the ``reason``,
    while no command is taken, not even a cancel; ``durability`` says what an acknowledged one survives.
    """
    market = context.venue.market
    families = market.families()
    locked = []
    for family in families:
        states = [market.state(i.instrument_id) for i in market.instruments(family)]
        if State.OPEN not in states and any(state in _TRADED for state in states):
            locked.append(family)
    word = "false" if not locked else "true" if len(locked) == len(families) else "partial"
    refusal = context.venue.refusal
    return {
        "locked": word,
        "locked_currencies": locked,
        "locked_indices": locked,
        "accepting": refusal is None,
        "reason": refusal or "",
        "durability": context.venue.durability,
    }
