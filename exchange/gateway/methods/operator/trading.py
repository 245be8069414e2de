"""operator/list_instrument, get_specification, set_state."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from exchange.core.commands import Command
from exchange.core.instrument import InstrumentSpec
from exchange.core.layout import (
    EVENT_INSTRUMENT,
    EVENT_KIND,
    EVENT_PRICE_TICKS,
    EVENT_QTY_LOTS,
    EVENT_TAG,
    CommandKind,
    EventKind,
    Reason,
    State,
)
from exchange.gateway.errors import RpcError
from exchange.gateway.methods.lookup import instrument_named, instrument_numbered
from exchange.gateway.methods.operator.action import READ, Operation, Reasoned, operation
from exchange.gateway.methods.operator.selection import chosen_instruments
from exchange.gateway.methods.operator.specification import Specification, sound_spec
from exchange.gateway.methods.outcomes import rejection
from exchange.gateway.methods.params import Currency, InstrumentName, InstrumentParams
from exchange.gateway.rpc import Context, method
from marketdata.messages import STATE_NAMES

if TYPE_CHECKING:
    from exchange.venue import Outcome, Venue

_STATES = {STATE_NAMES[state]: int(state) for state in State if state != State.EXPIRED}


class ListingParams(Reasoned):
    """A new instrument."""

    spec: Specification


class StateParams(Reasoned):
    """The trading state of one instrument, or of all unexpired ones of a currency."""

    state: Literal["pre_open", "open", "halted", "closed"]
    instrument_name: InstrumentName | None = None
    currency: Currency | None = None


@operation("operator/list_instrument")
def list_instrument(context: Context, params: ListingParams) -> Operation:
    """List an instrument and open it, marked at its reference price."""
    name = params.spec.name
    if name in context.venue.core.instrument_numbers:
        raise RpcError.named("other_reject", f"an instrument {name} is listed", "spec.name")
    text = msgspec.json.encode(sound_spec(context.venue.core, params.spec)).decode()
    return Operation(
        [Command(CommandKind.LIST_INSTRUMENT, text=text)],
        lambda outcomes: {"instrument_name": name},
    )


@method("operator/get_specification", scope=READ)
def get_specification(context: Context, params: InstrumentParams) -> InstrumentSpec:
    """Return the specification that an instrument was listed with."""
    number = instrument_named(context.venue, params.instrument_name).instrument_id
    return context.venue.core.specs[number]


@operation("operator/set_state")
def set_state(context: Context, params: StateParams) -> Operation:
    """Halt, close, collect orders or open; to open is an auction of what rests."""
    venue = context.venue
    numbers = chosen_instruments(venue, params.instrument_name, params.currency)
    state = _STATES[params.state]
    commands = [Command(CommandKind.SET_STATE, instrument=n, qty_lots=state) for n in numbers]

    def answer(outcomes: Sequence[Outcome]) -> dict[str, Any]:
        pairs = zip(numbers, outcomes, strict=True)
        return {"instruments": [_changed(venue, number, outcome) for number, outcome in pairs]}

    return Operation(commands, answer)


def _changed(venue: Venue, number: int, outcome: Outcome) -> dict[str, Any]:
    """Return the state that an instrument came to, and what its auction traded."""
    instrument = instrument_numbered(venue, number)
    fields: dict[str, Any] = {"instrument_name": instrument.name}
    refusal = rejection(outcome.events)
    if refusal is not None:
        return {**fields, "refused": Reason(refusal[EVENT_TAG]).name.lower()}
    for row in outcome.events:
        if row[EVENT_INSTRUMENT] != number:
            continue
        if row[EVENT_KIND] == EventKind.STATE_CHANGED:
            fields["state"] = STATE_NAMES[row[EVENT_TAG]]
        elif row[EVENT_KIND] == EventKind.UNCROSSED:
            fields["price"] = instrument.price(row[EVENT_PRICE_TICKS])
            fields["amount"] = fields.get("amount", 0) + row[EVENT_QTY_LOTS]
    return fields
