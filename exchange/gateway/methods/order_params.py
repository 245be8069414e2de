"""Parameters of a new order and of the orders linked to it.

Source: Deribit API v2, "private/buy". good_til_date with expiration_timestamp, minimum_amount, collar and
self_trade_prevention are ours.
"""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from exchange.gateway.methods.order_words import (
    FILL_CONDITIONS,
    INCREMENTAL,
    LINKS,
    ORDER_TYPES,
    PREVENTIONS,
    TIMES_IN_FORCE,
    TRIGGERS,
)
from exchange.gateway.methods.params import Amount, InstrumentName, Label, Price, Timestamp
from matching.layout import MAX_LINKED


def _one_of(*words: str) -> Meta:
    return Meta(max_length=32, extra_json_schema={"enum": list(words)})


OrderTypeName = Annotated[str, _one_of(*ORDER_TYPES)]
TimeInForceName = Annotated[str, _one_of(*TIMES_IN_FORCE)]
TriggerName = Annotated[str, _one_of(*TRIGGERS)]
PreventionName = Annotated[str, _one_of(*PREVENTIONS)]
LinkName = Annotated[str, _one_of(*LINKS)]
FillConditionName = Annotated[str, _one_of(*FILL_CONDITIONS, INCREMENTAL)]
Direction = Annotated[str, _one_of("buy", "sell")]


class Terms(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What any order may say of itself.

    Prices are dollars per GPU-hour, amounts contracts. A market order, stop and take included, needs no
    price and ignores one; collar is how far from the best price it may trade. trigger_offset is how far
    behind the peak a trailing stop follows. post_only moves the price behind the other side's best
    one where it would trade; with reject_post_only the order is refused instead.
    """

    amount: Amount | None = None
    contracts: Amount | None = None
    type: OrderTypeName = "limit"
    price: Price | None = None
    label: Label = ""
    time_in_force: TimeInForceName = "good_til_cancelled"
    post_only: bool = False
    reject_post_only: bool = False
    reduce_only: bool = False
    expiration_timestamp: Timestamp | None = None
    trigger: TriggerName | None = None
    trigger_price: Price | None = None
    trigger_offset: Price | None = None
    display_amount: Amount | None = None
    minimum_amount: Amount | None = None
    collar: Price | None = None
    self_trade_prevention: PreventionName | None = None


class LinkedOrder(Terms, kw_only=True):
    """An order linked to another one, in its instrument; without an amount it has the other's."""

    direction: Direction


class OrderParams(Terms, kw_only=True):
    """A new order, alone or with others linked to it.

    mmp: whether it counts for and falls under market-maker protection; a limit order only.
    """

    instrument_name: InstrumentName
    mmp: bool = False
    valid_until: Timestamp | None = None
    linked_order_type: LinkName | None = None
    trigger_fill_condition: FillConditionName | None = None
    otoco_config: Annotated[list[LinkedOrder], Meta(min_length=1, max_length=MAX_LINKED)] | None = (
        None
    )
