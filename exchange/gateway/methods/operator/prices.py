"""operator/set_mark, print_index, settle, fund."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Annotated, Any

from msgspec import Meta

from exchange.core import mark_rule
from exchange.core.commands import Command
from exchange.core.layout import (
    EVENT_INSTRUMENT,
    EVENT_KIND,
    EVENT_PRICE_TICKS,
    EVENT_TAG,
    INSTRUMENT_MARK_TICKS,
    CommandKind,
    EventKind,
    Reason,
)
from exchange.core.operations import MAX_INDEX_MICROS
from exchange.gateway.errors import RpcError, invalid_params
from exchange.gateway.methods import quantities
from exchange.gateway.methods.lookup import instrument_numbered
from exchange.gateway.methods.operator.action import (
    DEFAULT_HOLD_S,
    HoldSeconds,
    Operation,
    Reasoned,
    operation,
)
from exchange.gateway.methods.operator.selection import (
    check_near,
    chosen_instruments,
    micros,
    one_instrument,
)
from exchange.gateway.methods.outcomes import rejection
from exchange.gateway.methods.params import Currency, InstrumentName, Price
from exchange.gateway.rpc import Context
from exchange.views.holds import index_hold, mark_hold
from marketdata.messages import dollars

if TYPE_CHECKING:
    from exchange.venue import Outcome, Venue

FUNDING_PPM = 50_000
"""A payment of more than this share of the mark needs ``force``. Ours."""
_MOST_PERCENT = 10_000

IndexName = Annotated[str, Meta(min_length=1, max_length=64, description="Name of an index")]
Percent = Annotated[Decimal, Meta(description="Above -100")]


class MarkParams(Reasoned):
    """The mark of one instrument, or a move of those of a currency."""

    instrument_name: InstrumentName | None = None
    currency: Currency | None = None
    price: Price | None = None
    move_percent: Percent | None = None
    by_rule: bool = False
    hold_s: HoldSeconds = DEFAULT_HOLD_S
    force: bool = False


class IndexParams(Reasoned):
    """A print of an index in place of the venue's own."""

    index_name: IndexName
    price: Price
    hold_s: HoldSeconds = DEFAULT_HOLD_S
    force: bool = False


class SettleParams(Reasoned):
    """The final settlement price of one instrument."""

    instrument_name: InstrumentName
    price: Price
    force: bool = False


class FundParams(Reasoned):
    """One funding payment of a perpetual, in dollars per GPU-hour from longs to shorts."""

    instrument_name: InstrumentName
    payment: Price
    force: bool = False


@operation("operator/set_mark", amount="price")
def set_mark(context: Context, params: MarkParams) -> Operation:
    """Mark instruments at a price, by a move in percent, or by the venue's rule again."""
    venue = context.venue
    given = (params.price is not None, params.move_percent is not None, params.by_rule)
    if sum(given) != 1:
        raise invalid_params("price", "give one of price, move_percent and by_rule")
    if params.price is not None and params.instrument_name is None:
        raise invalid_params("price", "goes with instrument_name; a currency takes move_percent")
    numbers = chosen_instruments(venue, params.instrument_name, params.currency)
    if not params.by_rule and any(venue.core.specs[number].is_combo for number in numbers):
        given_as = "currency" if params.instrument_name is None else "instrument_name"
        raise invalid_params(given_as, "a combo is marked as its legs: mark those")
    ticks = [0 if params.by_rule else _mark_ticks(venue, number, params) for number in numbers]
    formers = [_former_ticks(venue, number) for number in numbers]
    names = [venue.core.specs[number].name for number in numbers]
    hold_s = 0 if params.by_rule else params.hold_s

    def answer(outcomes: Sequence[Outcome]) -> dict[str, Any]:
        triples = zip(numbers, formers, outcomes, strict=True)
        return {"hold_s": hold_s, "instruments": [_marked(venue, *triple) for triple in triples]}

    return Operation(
        [
            Command(CommandKind.MARK, instrument=number, price_ticks=price_ticks)
            for number, price_ticks in zip(numbers, ticks, strict=True)
        ],
        answer,
        tuple(mark_hold(name) for name in names),
        hold_s,
    )


def _marked(venue: Venue, number: int, former: int, outcome: Outcome) -> dict[str, Any]:
    """Return the mark that an instrument had and the one that it came to."""
    instrument = instrument_numbered(venue, number)
    price_ticks = former
    for row in outcome.events:
        if row[EVENT_KIND] == EventKind.MARKED and row[EVENT_INSTRUMENT] == number:
            price_ticks = row[EVENT_PRICE_TICKS]
    fields: dict[str, Any] = {
        "instrument_name": instrument.name,
        "former_price": instrument.price(former),
        "mark_price": instrument.price(price_ticks),
    }
    if refusal := rejection(outcome.events):
        fields["refused"] = Reason(refusal[EVENT_TAG]).name.lower()
    return fields


def _former_ticks(venue: Venue, number: int) -> int:
    return int(venue.core.instruments[number, INSTRUMENT_MARK_TICKS])


def _mark_ticks(venue: Venue, number: int, params: MarkParams) -> int:
    """Return the mark that is asked for, which is in the price domain and near the former one."""
    instrument = instrument_numbered(venue, number)
    former = _former_ticks(venue, number)
    if params.price is not None:
        param, price_ticks = "price", quantities.ticks(instrument, params.price)
    else:
        param = "move_percent"
        price_ticks = _moved(former, params.move_percent or Decimal(0))
    low = mark_rule.lowest_ticks(venue.core, number)
    high = mark_rule.highest_ticks(venue.core, number)
    if not low <= price_ticks <= high:
        raise invalid_params(
            param,
            f"the mark of {instrument.name} must be from {instrument.price(low)} "
            f"to {instrument.price(high)}",
        )
    named = f"the former mark {instrument.price(former)} of {instrument.name}"
    check_near(price_ticks, former, param, named, params.force)
    return price_ticks


def _moved(former: int, percent: Decimal) -> int:
    if not percent.is_finite() or not -100 < percent <= _MOST_PERCENT:
        raise invalid_params("move_percent", f"must be above -100 and at most {_MOST_PERCENT}")
    moved = former * (100 + percent) / 100
    return int(moved.to_integral_value(ROUND_HALF_UP))


def _price_micros(price: Decimal, param: str = "price") -> int:
    amount = micros(price, MAX_INDEX_MICROS, param)
    if amount < 1:
        raise invalid_params(param, "must be above 0")
    return amount


@operation("operator/print_index", amount="price")
def print_index(context: Context, params: IndexParams) -> Operation:
    """Print an index in place of the venue's own process, which then stays away for hold_s."""
    core, name = context.venue.core, params.index_name
    if name not in core.index_names:
        offered = ", ".join(core.index_names)
        raise RpcError.named("not_found", f"no index {name}; there are: {offered}", "index_name")
    price_micros = _price_micros(params.price)
    former = core.index_prices.get(name)
    if former is not None:
        named = f"the former print {dollars(former)}"
        check_near(price_micros, former, "price", named, params.force)
    answer = {
        "index_name": name,
        "former_price": None if former is None else dollars(former),
        "index_price": dollars(price_micros),
        "hold_s": params.hold_s,
    }
    return Operation(
        [Command(CommandKind.PRINT_INDEX, amount_micros=price_micros, text=name)],
        lambda outcomes: answer,
        (index_hold(name),),
        params.hold_s,
    )


@operation("operator/settle", amount="price")
def settle(context: Context, params: SettleParams) -> Operation:
    """Settle a dated instrument for good: its orders go, its positions become cash at the price."""
    core = context.venue.core
    number = one_instrument(context.venue, params.instrument_name)
    spec = core.specs[number]
    if spec.perpetual:
        raise RpcError.named(
            "invalid_args_for_instrument", "a perpetual does not settle", "instrument_name"
        )
    if spec.is_combo:
        raise RpcError.named(
            "invalid_args_for_instrument", "a combo ends with its legs", "instrument_name"
        )
    price_micros = _price_micros(params.price)
    near_micros = _former_ticks(context.venue, number) * spec.tick_micros
    named = f"the mark {dollars(near_micros)}"
    if spec.is_binary:
        # Its mark is what a dollar is worth, its settlement price the mean.
        near_micros = core.index_prices.get(spec.index, spec.strike_micros)
        named = f"the index {dollars(near_micros)}"
    check_near(price_micros, near_micros, "price", named, params.force)
    if context.now_ns < spec.expiry_ns and not params.force:
        raise RpcError.named(
            "other_reject", f"{spec.name} still trades: force it if it is meant", "force"
        )
    return Operation(
        [Command(CommandKind.SETTLE, instrument=number, amount_micros=price_micros)],
        lambda outcomes: {
            "instrument_name": spec.name,
            "settlement_price": dollars(price_micros),
        },
    )


@operation("operator/fund", amount="payment")
def fund(context: Context, params: FundParams) -> Operation:
    """Let the longs of a perpetual pay its shorts once, or the shorts the longs where it is negative."""
    number = one_instrument(context.venue, params.instrument_name)
    spec = context.venue.core.specs[number]
    if not spec.perpetual:
        raise RpcError.named(
            "invalid_args_for_instrument", "only a perpetual has funding", "instrument_name"
        )
    payment = micros(params.payment, MAX_INDEX_MICROS, "payment")
    reach = _former_ticks(context.venue, number) * spec.tick_micros * FUNDING_PPM // 10**6
    if abs(payment) > reach and not params.force:
        raise RpcError.named(
            "price_not_allowed",
            f"is beyond {dollars(reach)}, {FUNDING_PPM / 10_000:g} % of the mark: "
            "force it if it is meant",
            "payment",
            limit=dollars(reach),
        )
    return Operation(
        [Command(CommandKind.FUND, instrument=number, amount_micros=payment)],
        lambda outcomes: {"instrument_name": spec.name, "payment": dollars(payment)},
    )
