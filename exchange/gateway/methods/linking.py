"""An order and those linked to it: the commands that enter them together."""

from __future__ import annotations

from exchange.core.commands import Command, Conditions
from exchange.core.layout import CommandKind, Reason
from exchange.gateway.errors import RpcError, invalid_params
from exchange.gateway.methods.order_params import LinkedOrder, OrderParams
from exchange.gateway.methods.order_terms import OrderTerms, chosen, mmp_bit, order_terms
from exchange.gateway.methods.order_words import FILL_CONDITIONS, INCREMENTAL, LINKS
from exchange.gateway.methods.reasons import refused
from marketdata.messages import Instrument
from matching.layout import INSTRUCTION_SHIFT, TIF_SHIFT, Link, Side

_SUBMIT = int(CommandKind.SUBMIT)
_LINKED = int(CommandKind.LINKED)
_OTOCO = int(Link.OTOCO)
_NONE = Conditions()
_SIDES = {"buy": int(Side.BUY), "sell": int(Side.SELL)}


def entry_commands(
    account: int,
    instrument: Instrument,
    side: int,
    params: OrderParams,
    labels: dict[str, int],
    prevention: int = 0,
) -> list[Command]:
    """Return the SUBMIT of an order and the LINKED commands behind it, which must stay together.

    labels: those that the account has used. prevention: the ``Prevention`` of orders that name none.
    Raises RpcError on what cannot be or does not go together; the fault of a linked order is named
    ``otoco_config[n].param``.
    """
    terms = order_terms(instrument, side, params, 0, prevention)
    instructions = terms.instructions | mmp_bit(params)
    conditions = terms.conditions
    linked: list[Command] = []
    if params.linked_order_type is None:
        for param in ("trigger_fill_condition", "otoco_config"):
            if getattr(params, param) is not None:
                raise invalid_params(param, "goes only with linked_order_type")
    else:
        conditions = _linking(conditions, params)
        linked = [
            _linked_command(account, instrument, place, one, terms.qty_lots, labels, prevention)
            for place, one in enumerate(params.otoco_config or ())
        ]
        _check_labels([params.label, *(command.text for command in linked)])
    first = Command(
        _SUBMIT,
        account,
        instrument.instrument_id,
        0,
        side,
        terms.tif,
        instructions,
        terms.price_ticks,
        terms.qty_lots,
        0,
        params.label,
        None if conditions == _NONE else conditions,
    )
    return [first, *linked]


def _linking(conditions: Conditions, params: OrderParams) -> Conditions:
    assert params.linked_order_type is not None
    link: int = chosen(LINKS, params.linked_order_type, "linked_order_type")
    condition = params.trigger_fill_condition or "first_hit"
    if condition == INCREMENTAL:
        raise invalid_params(
            "trigger_fill_condition", "incremental is not offered: a link works once, not in parts"
        )
    complete: int = chosen(FILL_CONDITIONS, condition, "trigger_fill_condition")
    number = len(params.otoco_config or ())
    fewest = 2 if link == _OTOCO else 1
    if number < fewest:
        raise invalid_params(
            "otoco_config", f"{params.linked_order_type} needs at least {fewest} linked orders"
        )
    return conditions._replace(link=link, linked=number, complete=complete)


def _linked_command(
    account: int,
    instrument: Instrument,
    place: int,
    params: LinkedOrder,
    qty_lots: int,
    labels: dict[str, int],
    prevention: int,
) -> Command:
    try:
        side: int = chosen(_SIDES, params.direction, "direction")
        terms = order_terms(instrument, side, params, qty_lots, prevention)
        # The core looks at the first order's label only.
        if params.label in labels:
            raise refused(Reason.DUPLICATE_LABEL)
    except RpcError as error:
        param = error.data.get("param")
        error.data["param"] = f"otoco_config[{place}].{param}"
        raise
    return Command(
        _LINKED,
        account,
        instrument.instrument_id,
        text=params.label,
        conditions=terms.conditions._replace(
            terms=_packed(terms), price_ticks=terms.price_ticks, qty_lots=terms.qty_lots
        ),
    )


def _packed(terms: OrderTerms) -> int:
    return terms.side | terms.tif << TIF_SHIFT | terms.instructions << INSTRUCTION_SHIFT


def _check_labels(labels: list[str]) -> None:
    given = [label for label in labels if label]
    if len(set(given)) < len(given):
        raise refused(Reason.DUPLICATE_LABEL)
