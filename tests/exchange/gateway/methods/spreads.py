"""A spread of the desk's two months."""

from __future__ import annotations

from exchange.core.instrument import Leg
from tests.exchange.core.lab import combo, listing
from tests.exchange.gateway.methods.desk import FAR, NEAR, Desk

SPREAD = "GPU1-SPREAD"


def list_spread(desk: Desk, **changes: object) -> None:
    """List the nearer month less the farther, in half cents unless changed."""
    near = desk.core.specs[0]
    terms = combo(
        SPREAD,
        contract_hours=near.contract_hours,
        legs=(Leg(NEAR, 1), Leg(FAR, -1)),
        expiry_ns=near.expiry_ns,
        **{"band_ticks": 2_000, "index": near.index, **changes},
    )
    desk.apply([listing(terms)])
    # The desk has looked its instruments up once.
    vars(desk).pop("instruments", None)
    assert SPREAD in desk.instruments
