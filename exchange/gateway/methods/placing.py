"""private/buy, private/sell, private/close_position: a new order, and those linked to it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, TypeAlias

import msgspec
from msgspec import Meta

from exchange.core.commands import Command, Conditions
from exchange.core.layout import (
    EVENT_KIND,
    EVENT_RESTING_FEE_MICROS,
    EVENT_RESTING_LEAVES_LOTS,
    EVENT_RESTING_ORDER_ID,
    EVENT_TAG,
    POSITION_LOTS,
    CommandKind,
    EventKind,
    Instruction,
    Reason,
)
from exchange.gateway.errors import RpcError, invalid_params
from exchange.gateway.methods.linking import entry_commands
from exchange.gateway.methods.lookup import instrument_named
from exchange.gateway.methods.order_fields import (
    Execution,
    FillFields,
    fill_fields,
    order_fields,
    resting_fields,
)
from exchange.gateway.methods.order_params import OrderParams
from exchange.gateway.methods.order_terms import limit_ticks, prevention_bits
from exchange.gateway.methods.order_words import PLAIN
from exchange.gateway.methods.outcomes import IMPLIED, TRADES, placed, rejection
from exchange.gateway.methods.params import InstrumentName, Price
from exchange.gateway.methods.reasons import refused_order
from exchange.gateway.methods.validity import check_valid_until
from exchange.gateway.rpc import Context, Respond, Sequenced, method
from exchange.views.orders import Order, Row
from marketdata.messages import Instrument
from matching.layout import INSTRUCTION_SHIFT, TIF_MASK, TIF_SHIFT, Side, TimeInForce

if TYPE_CHECKING:
    from exchange.venue import Outcome, Venue

CLOSING_TYPES = ("limit", "market")

_SUBMIT = int(CommandKind.SUBMIT)
_ACCEPTED = int(EventKind.ACCEPTED)
_MARKET = int(Instruction.MARKET)
_REDUCE_ONLY = int(Instruction.REDUCE_ONLY)
_IOC = int(TimeInForce.IOC)
_GTD = int(TimeInForce.GTD)
_BUY = int(Side.BUY)
_SELL = int(Side.SELL)

ClosingType = Annotated[str, Meta(max_length=32, extra_json_schema={"enum": list(CLOSING_TYPES)})]


class ClosePositionParams(msgspec.Struct, forbid_unknown_fields=True):
    """An order that closes the whole position; a limit order needs a price and does not rest."""

    instrument_name: InstrumentName
    type: ClosingType
    price: Price | None = None


Resting: TypeAlias = Callable[[Row, str, Instrument], object]


def _resting(row: Row, label: str, instrument: Instrument) -> Execution:
    return Execution(resting_fields(row, label, instrument), [])


def _new_order(context: Context, params: OrderParams, side: int) -> Sequenced:
    venue, account = context.venue, context.account
    instrument = instrument_named(venue, params.instrument_name)
    core = venue.core
    prevention = core.preventions.get(account, 0)
    labels = core.labels[account]
    check_valid_until(context, params.valid_until)
    commands = entry_commands(account, instrument, side, params, labels, prevention)
    return Sequenced(commands, _answer(venue, instrument, commands))


def place_order(
    venue: Venue,
    account: int,
    instrument: Instrument,
    side: int,
    tif: int,
    instructions: int,
    price_ticks: int,
    qty_lots: int,
    label: str,
    resting: Resting = _resting,
) -> Sequenced:
    """Return the command of a new order and its answer; instructions: bits of ``Instruction``.

    The order asks for the self-trade prevention that its account is set to. resting: makes the answer
    that a plain order rests.
    """
    prevention = venue.core.preventions.get(account, 0)
    commands = [
        Command(
            _SUBMIT,
            account,
            instrument.instrument_id,
            0,
            side,
            tif,
            instructions | prevention_bits(prevention),
            price_ticks,
            qty_lots,
            0,
            label,
        )
    ]
    return Sequenced(commands, _answer(venue, instrument, commands, resting))


def _answer(
    venue: Venue, instrument: Instrument, commands: list[Command], resting: Resting = _resting
) -> Respond:
    first = commands[0]
    account, label = first.account, first.text

    def respond(outcomes: list[Outcome]) -> object:
        rows = outcomes[0].events
        if (
            len(rows) == 1
            and len(commands) == 1
            and rows[0][EVENT_KIND] == _ACCEPTED
            and rows[0][EVENT_RESTING_FEE_MICROS] | PLAIN == PLAIN
            and not rows[0][EVENT_RESTING_ORDER_ID]
        ):
            return resting(rows[0], label, instrument)
        refusal = rejection(rows)
        if refusal is not None:
            raise _refused(venue, instrument, commands, refusal)
        order = placed(rows, label)
        trades = own_trades(venue, account, instrument, order, rows)
        if len(commands) > 1:
            order.linked_ids = tuple(placed(other.events, "").order_id for other in outcomes[1:])
        return Execution(order_fields(order, instrument), trades)

    return respond


def _refused(
    venue: Venue, instrument: Instrument, commands: list[Command], refusal: Row
) -> RpcError:
    reason, place = refusal[EVENT_TAG], refusal[EVENT_RESTING_LEAVES_LOTS]
    error = refused_order(venue.core, commands[0].account, instrument, reason)
    command = commands[place]
    conditions = command.conditions or Conditions()
    tif, instructions = command.tif, command.instructions
    if place:
        tif = conditions.terms >> TIF_SHIFT & TIF_MASK
        instructions = conditions.terms >> INSTRUCTION_SHIFT
    if reason == Reason.INVALID_PRICE and instructions & _MARKET:
        error.data["param"] = "collar"
    elif reason == Reason.INVALID_TRIGGER and conditions.trail_ticks:
        error.data["param"] = "trigger_offset"
    elif reason == Reason.INVALID_EXPIRY and tif == _GTD:
        error.data["param"] = "expiration_timestamp"
    if place:
        error.data["param"] = f"otoco_config[{place - 1}].{error.data['param']}"
    return error


def own_trades(
    venue: Venue, account: int, instrument: Instrument, order: Order, rows: list[Row]
) -> list[FillFields]:
    """Return the order's fills among the events of one command, in the dialect."""
    trade_ids = [row[EVENT_TAG] for row in rows if row[EVENT_KIND] in TRADES | IMPLIED]
    if not trade_ids:
        return []
    last = trade_ids[-1]
    return [
        fill_fields(fill, instrument)
        for fill in venue.views.trades.since(account, trade_ids[0])
        if fill.order_id == order.order_id
        and fill.instrument == order.instrument
        and fill.trade_id <= last
    ]


@method("private/buy", scope="trade:read_write")
def buy(context: Context, params: OrderParams) -> Sequenced:
    """Place an order to buy; the answer carries the order and its immediate fills."""
    return _new_order(context, params, _BUY)


@method("private/sell", scope="trade:read_write")
def sell(context: Context, params: OrderParams) -> Sequenced:
    """Place an order to sell; the answer carries the order and its immediate fills."""
    return _new_order(context, params, _SELL)


@method("private/close_position", scope="trade:read_write")
def close_position(context: Context, params: ClosePositionParams) -> Sequenced:
    """Place a reduce-only order of the position's size on the other side; it does not rest.

    What a limit order does not fill at once is cancelled.
    """
    venue, account = context.venue, context.account
    instrument = instrument_named(venue, params.instrument_name)
    if params.type not in CLOSING_TYPES:
        raise invalid_params("type", f"offered: {', '.join(CLOSING_TYPES)}")
    market = params.type == "market"
    price_ticks = 0 if market else limit_ticks(instrument, params.price)
    held_lots = int(venue.core.position(account, instrument.instrument_id)[POSITION_LOTS])
    if held_lots == 0:
        raise RpcError.named("already_closed", "there is no open position", "instrument_name")
    return place_order(
        venue,
        account,
        instrument,
        _SELL if held_lots > 0 else _BUY,
        _IOC,
        _REDUCE_ONLY | (_MARKET if market else 0),
        price_ticks,
        abs(held_lots),
        "",
    )
