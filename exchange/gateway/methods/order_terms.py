"""From the parameters of an order to what the core is told of it."""

from __future__ import annotations

from typing import Any, NamedTuple

from exchange.core.commands import Conditions
from exchange.core.layout import Instruction
from exchange.gateway.errors import invalid_params
from exchange.gateway.methods.order_params import OrderParams, Terms
from exchange.gateway.methods.order_words import (
    ORDER_TYPES,
    PREVENTIONS,
    TIMES_IN_FORCE,
    TRIGGERS,
    OrderType,
)
from exchange.gateway.methods.quantities import lots, ticks
from marketdata.messages import NS_PER_MS, Instrument
from matching.layout import (
    INSTRUCTION_SHIFT,
    MAX_TIME_NS,
    PREVENTION_SHIFT,
    TimeInForce,
    TriggerSource,
    pack_terms,
)

_POST_ONLY = int(Instruction.POST_ONLY)
_REPRICE = int(Instruction.REPRICE)
_REDUCE_ONLY = int(Instruction.REDUCE_ONLY)
_MARKET_TO_LIMIT = int(Instruction.MARKET_TO_LIMIT)
_PROTECTED = int(Instruction.PROTECTED)
_PREVENTION_SHIFT = PREVENTION_SHIFT - INSTRUCTION_SHIFT
_GTD = int(TimeInForce.GTD)
_IMMEDIATE = (int(TimeInForce.IOC), int(TimeInForce.FOK))


class OrderTerms(NamedTuple):
    """An order as the core takes it; instructions: what pack_terms puts above the time in force."""

    side: int
    tif: int
    instructions: int
    price_ticks: int
    qty_lots: int
    conditions: Conditions


def chosen(words: dict[str, Any], word: str, param: str) -> Any:
    """Return what a word means; raises invalid params that names those offered."""
    if word not in words:
        raise invalid_params(param, f"offered: {', '.join(words)}")
    return words[word]


def mmp_bit(params: OrderParams) -> int:
    """Return what ``mmp`` adds to an instruction word; raises RpcError where it does not go."""
    if not params.mmp:
        return 0
    if params.type != "limit":
        raise invalid_params("mmp", "goes only with a limit order")
    return _PROTECTED


def prevention_bits(prevention: int) -> int:
    """Return a ``Prevention`` as it stands in an instruction word."""
    return prevention << _PREVENTION_SHIFT


def limit_ticks(instrument: Instrument, price: Any) -> int:
    """Return the price of a limit order in ticks; raises invalid params where there is none."""
    if price is None:
        raise invalid_params("price", "is required for a limit order")
    return ticks(instrument, price)


def order_terms(
    instrument: Instrument,
    side: int,
    params: Terms,
    default_lots: int = 0,
    default_prevention: int = 0,
) -> OrderTerms:
    """Return the terms of an order; raises RpcError on what cannot be or does not go together.

    default_lots: the size where the parameters have none, 0 where they must. default_prevention: the
    ``Prevention`` where they have none.
    """
    kind: OrderType = chosen(ORDER_TYPES, params.type, "type")
    tif: int = chosen(TIMES_IN_FORCE, params.time_in_force, "time_in_force")
    qty_lots = default_lots
    if not default_lots or params.amount is not None or params.contracts is not None:
        qty_lots = lots(params.amount, params.contracts)
    source = _source(params, kind)
    prevention = default_prevention
    if params.self_trade_prevention is not None:
        prevention = chosen(PREVENTIONS, params.self_trade_prevention, "self_trade_prevention")
    when = kind.sell_when if side else kind.buy_when
    price_ticks = _collar_ticks(instrument, params, kind)
    if not kind.market:
        price_ticks = limit_ticks(instrument, params.price)
    terms = pack_terms(
        side,
        tif,
        kind.instructions | _instructions(params, kind, tif),
        prevention=prevention,
        source=source,
        when=when or 0,
        trailing=kind.trailing,
    )
    return OrderTerms(
        side,
        tif,
        terms >> INSTRUCTION_SHIFT,
        price_ticks,
        qty_lots,
        Conditions(
            display_lots=_optional_lots(params.display_amount, "display_amount"),
            minimum_lots=_optional_lots(params.minimum_amount, "minimum_amount"),
            expiry_ns=_expiry_ns(params, tif),
            trigger_ticks=_trigger_ticks(instrument, params, kind),
            trail_ticks=_trail_ticks(instrument, params, kind),
        ),
    )


def _instructions(params: Terms, kind: OrderType, tif: int) -> int:
    if params.reject_post_only and not params.post_only:
        raise invalid_params("reject_post_only", "goes only with post_only")
    if params.post_only and (kind.market or tif in _IMMEDIATE):
        raise invalid_params("post_only", "goes only with a limit order that may rest")
    if kind.instructions & _MARKET_TO_LIMIT and tif in _IMMEDIATE:
        raise invalid_params("time_in_force", "a market_limit order rests with what it leaves")
    instructions = _REDUCE_ONLY if params.reduce_only else 0
    if params.post_only:
        instructions |= _POST_ONLY if params.reject_post_only else _POST_ONLY | _REPRICE
    return instructions


def _source(params: Terms, kind: OrderType) -> int:
    if not kind.triggered:
        for param in ("trigger", "trigger_price", "trigger_offset"):
            if getattr(params, param) is not None:
                raise invalid_params(param, "goes only with a stop, take or trailing order")
        return int(TriggerSource.NONE)
    if params.trigger is None:
        raise invalid_params("trigger", f"is required for a {params.type} order")
    source: int = chosen(TRIGGERS, params.trigger, "trigger")
    wanted, other = ("trigger_price", "trigger_offset")
    if kind.trailing:
        wanted, other = other, wanted
    if getattr(params, wanted) is None:
        raise invalid_params(wanted, f"is required for a {params.type} order")
    if getattr(params, other) is not None:
        raise invalid_params(other, f"does not go with a {params.type} order")
    return source


def _trigger_ticks(instrument: Instrument, params: Terms, kind: OrderType) -> int:
    if not kind.triggered or kind.trailing:
        return 0
    assert params.trigger_price is not None
    return ticks(instrument, params.trigger_price, "trigger_price")


def _trail_ticks(instrument: Instrument, params: Terms, kind: OrderType) -> int:
    if not kind.trailing:
        return 0
    assert params.trigger_offset is not None
    return distance_ticks(instrument, params.trigger_offset, "trigger_offset")


def _collar_ticks(instrument: Instrument, params: Terms, kind: OrderType) -> int:
    if params.collar is None:
        return 0
    if not kind.market:
        raise invalid_params("collar", "goes only with a market order")
    if kind.instructions & _MARKET_TO_LIMIT:
        raise invalid_params("collar", "a market_limit order trades at the best price only")
    return distance_ticks(instrument, params.collar, "collar")


def distance_ticks(instrument: Instrument, distance: Any, param: str) -> int:
    """Return a distance between prices in ticks; raises invalid params off the grid or below one tick."""
    distance_ticks = ticks(instrument, distance, param)
    if distance_ticks < 1:
        raise invalid_params(param, "must be at least one tick")
    return distance_ticks


def _optional_lots(amount: Any, param: str) -> int:
    return 0 if amount is None else lots(amount, name=param)


def _expiry_ns(params: Terms, tif: int) -> int:
    if tif != _GTD:
        if params.expiration_timestamp is not None:
            raise invalid_params("expiration_timestamp", "goes only with good_til_date")
        return 0
    if params.expiration_timestamp is None:
        raise invalid_params("expiration_timestamp", "is required for good_til_date")
    expiry_ns = params.expiration_timestamp * NS_PER_MS
    if expiry_ns > MAX_TIME_NS:
        raise invalid_params("expiration_timestamp", f"must be at most {MAX_TIME_NS // NS_PER_MS}")
    return expiry_ns
