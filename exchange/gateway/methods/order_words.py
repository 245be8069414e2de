"""The dialect's words for what an order is, and what they mean to the matching floor.

Source: Deribit API v2, "private/buy" and the response fields of an order. ``good_til_date`` and the
words of self-trade prevention are ours.
"""

from __future__ import annotations

from typing import NamedTuple

from exchange.core.layout import Instruction
from exchange.views.orders import Order, OrderState
from matching.layout import (
    INSTRUCTION_SHIFT,
    PREVENTION_MASK,
    PREVENTION_SHIFT,
    SOURCE_MASK,
    SOURCE_SHIFT,
    TRAILING,
    WHEN_SHIFT,
    Link,
    Prevention,
    TimeInForce,
    TriggerSource,
    TriggerWhen,
)

PLAIN = int(Instruction.POST_ONLY | Instruction.REPRICE | Instruction.REDUCE_ONLY)
"""Instructions of a plain order, whose answer is an order's with a dozen numbers of its own."""

TIME_IN_FORCE_NAMES: dict[int, str] = {
    TimeInForce.GTC: "good_til_cancelled",
    TimeInForce.IOC: "immediate_or_cancel",
    TimeInForce.FOK: "fill_or_kill",
    TimeInForce.DAY: "good_til_day",
    TimeInForce.GTD: "good_til_date",
}
TIMES_IN_FORCE: dict[str, int] = {name: int(tif) for tif, name in TIME_IN_FORCE_NAMES.items()}

ORDER_STATE_NAMES: dict[int, str] = {
    OrderState.OPEN: "open",
    OrderState.FILLED: "filled",
    OrderState.CANCELLED: "cancelled",
}
UNTRIGGERED = "untriggered"
"""The state of an open order that waits beside the book."""

TRIGGER_NAMES: dict[int, str] = {
    TriggerSource.LAST: "last_price",
    TriggerSource.MARK: "mark_price",
    TriggerSource.INDEX: "index_price",
}
TRIGGERS: dict[str, int] = {name: int(source) for source, name in TRIGGER_NAMES.items()}

PREVENTION_NAMES: dict[int, str] = {
    Prevention.CANCEL_AGGRESSOR: "cancel_aggressor",
    Prevention.CANCEL_RESTING: "cancel_resting",
    Prevention.CANCEL_BOTH: "cancel_both",
    Prevention.DECREMENT: "decrement",
}
PREVENTIONS: dict[str, int] = {name: int(one) for one, name in PREVENTION_NAMES.items()}

LINKS: dict[str, int] = {
    "one_triggers_other": int(Link.OTO),
    "one_cancels_other": int(Link.OCO),
    "one_triggers_one_cancels_other": int(Link.OTOCO),
}
FILL_CONDITION_NAMES = ("first_hit", "complete_fill")
FILL_CONDITIONS: dict[str, int] = {name: n for n, name in enumerate(FILL_CONDITION_NAMES)}
INCREMENTAL = "incremental"
"""Deribit's third fill condition, which is not offered: a link works once."""

_MARKET = int(Instruction.MARKET)
_MARKET_TO_LIMIT = int(Instruction.MARKET_TO_LIMIT)
_RISES = int(TriggerWhen.RISES)
_FALLS = int(TriggerWhen.FALLS)
_SOURCE_SHIFT = SOURCE_SHIFT - INSTRUCTION_SHIFT
_WHEN_SHIFT = WHEN_SHIFT - INSTRUCTION_SHIFT
_TRAILING = TRAILING >> INSTRUCTION_SHIFT
_PREVENTION_SHIFT = PREVENTION_SHIFT - INSTRUCTION_SHIFT


class OrderType(NamedTuple):
    """What a word of ``type`` asks for.

    instructions: bits of ``Instruction``. buy_when, sell_when: the direction in which the trigger must
    be reached, None for an order without one.
    """

    instructions: int = 0
    buy_when: int | None = None
    sell_when: int | None = None
    trailing: bool = False

    @property
    def market(self) -> bool:
        """Whether the order trades without a price of its own."""
        return self.instructions & _MARKET != 0

    @property
    def triggered(self) -> bool:
        """Whether the order waits for a trigger."""
        return self.buy_when is not None


ORDER_TYPES: dict[str, OrderType] = {
    "limit": OrderType(),
    "market": OrderType(_MARKET),
    "market_limit": OrderType(_MARKET | _MARKET_TO_LIMIT),
    "stop_limit": OrderType(0, _RISES, _FALLS),
    "stop_market": OrderType(_MARKET, _RISES, _FALLS),
    "take_limit": OrderType(0, _FALLS, _RISES),
    "take_market": OrderType(_MARKET, _FALLS, _RISES),
    "trailing_stop": OrderType(_MARKET, _RISES, _FALLS, trailing=True),
}


def source_of(instructions: int) -> int:
    """Return the ``TriggerSource`` in an instruction word (terms >> INSTRUCTION_SHIFT)."""
    return instructions >> _SOURCE_SHIFT & SOURCE_MASK


def prevention_of(instructions: int) -> int:
    """Return the ``Prevention`` in an instruction word."""
    return instructions >> _PREVENTION_SHIFT & PREVENTION_MASK


def type_name(instructions: int, side: int) -> str:
    """Return the word for the type of an order, from its instruction word and side."""
    if instructions & _MARKET_TO_LIMIT:
        return "market_limit"
    word = "market" if instructions & _MARKET else "limit"
    if source_of(instructions) == 0:
        return word
    if instructions & _TRAILING:
        return "trailing_stop"
    # A stop follows the market: a buy waits for it to rise, a sell for it to fall.
    return f"{'stop' if instructions >> _WHEN_SHIFT & 1 == side else 'take'}_{word}"


OPEN_ORDER_TYPES: dict[str, frozenset[str]] = {
    "all": frozenset(ORDER_TYPES),
    "limit": frozenset(("limit", "market_limit")),
    "trigger_all": frozenset(name for name, kind in ORDER_TYPES.items() if kind.triggered),
    "stop_all": frozenset(("stop_limit", "stop_market")),
    "stop_limit": frozenset(("stop_limit",)),
    "stop_market": frozenset(("stop_market",)),
    "take_all": frozenset(("take_limit", "take_market")),
    "take_limit": frozenset(("take_limit",)),
    "take_market": frozenset(("take_market",)),
    "trailing_all": frozenset(("trailing_stop",)),
    "trailing_stop": frozenset(("trailing_stop",)),
}
"""A word that picks open orders -> the types it means; an order whose trigger was reached is a limit one."""
CANCELLED_TYPES: dict[str, frozenset[str]] = {
    "all": OPEN_ORDER_TYPES["all"],
    "limit": OPEN_ORDER_TYPES["limit"],
    "trigger_all": OPEN_ORDER_TYPES["trigger_all"],
    "stop": OPEN_ORDER_TYPES["stop_all"],
    "take": OPEN_ORDER_TYPES["take_all"],
    "trailing_stop": OPEN_ORDER_TYPES["trailing_stop"],
}
"""As OPEN_ORDER_TYPES, for cancelling, where the dialect has other words."""


def open_type(order: Order) -> str:
    """Return the type by which an open order is picked: limit once its trigger was reached."""
    if source_of(order.instructions) and not order.waits:
        return "limit"
    return type_name(order.instructions, order.side)


def taken_as(instructions: int) -> str:
    """Return ``market`` or ``limit``: as what an order trades once it is in the book."""
    return "market" if instructions & (_MARKET | _MARKET_TO_LIMIT) == _MARKET else "limit"
