"""Decimals of the dialect as ticks and lots, exactly or not at all."""

from __future__ import annotations

from decimal import Decimal

from exchange.gateway.errors import RpcError, invalid_params
from marketdata.messages import Instrument, OffTick
from matching.layout import MAX_QTY_LOTS

_MAX_ADJUSTED = 12


def lots(amount: Decimal | None, contracts: Decimal | None = None, name: str = "amount") -> int:
    """Return the whole number of contracts that a request asks for.

    ``amount`` and ``contracts`` mean the same here; where both are given they must be equal. name: the
    parameter that ``amount`` came as. Raises invalid params (-32602), and qty_too_low (10002) below one
    contract.
    """
    if amount is None:
        if contracts is None:
            raise invalid_params(name, "is required")
        amount, name = contracts, "contracts"
    if contracts is not None and contracts != amount:
        raise invalid_params("contracts", "must equal amount where both are given")
    if not amount.is_finite():
        raise invalid_params(name, "is not a finite number")
    if amount < 1:
        raise RpcError.named("qty_too_low", "must be at least 1 contract", name)
    if amount.adjusted() > _MAX_ADJUSTED or amount > MAX_QTY_LOTS:
        raise invalid_params(name, f"must be at most {MAX_QTY_LOTS} contracts")
    qty_lots = int(amount)
    if qty_lots != amount:
        raise invalid_params(name, "must be a whole number of contracts")
    return qty_lots


def ticks(instrument: Instrument, price: Decimal, name: str = "price") -> int:
    """Return a price or distance in ticks; raises invalid params (-32602) off the tick grid."""
    try:
        return instrument.ticks(price)
    except OffTick as off:
        raise invalid_params(name, str(off)) from None
