"""operator/close_out, fund_layer, set_margin_terms, get_waterfall."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any, Literal

import msgspec
import numpy as np
from msgspec import Meta

from exchange.core import bankruptcy, waterfall
from exchange.core.commands import Command
from exchange.core.default_terms import MAX_STEP_NS, MAX_STEPS, PPM
from exchange.core.layout import (
    ACCOUNT_CASH_MICROS,
    ACCOUNT_DEADLINE_NS,
    ACCOUNT_MAINTENANCE_MICROS,
    ACCOUNT_STATUS,
    VENUE_CALL_NS,
    VENUE_DEFAULT_FUND_MICROS,
    VENUE_HOUSE_MICROS,
    VENUE_INSURANCE_MICROS,
    AccountStatus,
    CommandKind,
    Layer,
)
from exchange.gateway.errors import invalid_params
from exchange.gateway.methods.lookup import instrument_numbered
from exchange.gateway.methods.operator.accounts import Dollars
from exchange.gateway.methods.operator.action import (
    NS_PER_S,
    READ,
    Operation,
    Reasoned,
    operation,
)
from exchange.gateway.methods.operator.selection import AccountName, account_named, micros
from exchange.gateway.methods.params import Count
from exchange.gateway.rpc import Context, method
from marketdata.messages import dollars, milliseconds

if TYPE_CHECKING:
    from exchange.venue import Outcome, Venue
    from exchange.views.defaults import Closing, Default

NS_PER_MS = 1_000_000
_DIRECTIONS = ("buy", "sell")
_BALANCES = {
    "insurance": VENUE_INSURANCE_MICROS,
    "house": VENUE_HOUSE_MICROS,
    "default_fund": VENUE_DEFAULT_FUND_MICROS,
}
_LAYERS = {name: int(Layer[name.upper()]) for name in _BALANCES}
Steps = Annotated[int, Meta(ge=0, le=MAX_STEPS)]


class CloseOutParams(Reasoned):
    """An account that did not meet its margin call, or, forced, one that still has time."""

    account: AccountName
    force: bool = False


class LayerParams(Reasoned):
    """Money into a layer of the waterfall, or out of it where the amount is negative."""

    layer: Literal["insurance", "house", "default_fund"]
    amount: Dollars
    account: AccountName | None = None


class TermsParams(Reasoned):
    """How long a margin call runs and how a default is managed; what is not given stays."""

    call_s: Annotated[int, Meta(ge=0, le=604_800)] | None = None
    slice_ppm: Annotated[int, Meta(ge=1, le=PPM)] | None = None
    step_ms: Annotated[int, Meta(ge=1, le=MAX_STEP_NS // NS_PER_MS)] | None = None
    patience_steps: Steps | None = None
    deleveraging_steps: Steps | None = None


class WaterfallParams(msgspec.Struct, forbid_unknown_fields=True):
    """Defaults, newest first."""

    account: AccountName | None = None
    count: Count = 20
    deals: bool = False


@operation("operator/close_out")
def close_out(context: Context, params: CloseOutParams) -> Operation:
    """Take one step in the close-out of an account; the venue takes the others."""
    venue = context.venue
    account = account_named(venue, params.account)

    def answer(outcomes: Sequence[Outcome]) -> dict[str, Any]:
        return _account_fields(venue, account)

    forced = 1 if params.force else 0
    return Operation([Command(CommandKind.CLOSE_OUT, account, qty_lots=forced)], answer)


@operation("operator/fund_layer")
def fund_layer(context: Context, params: LayerParams) -> Operation:
    """Pay into a layer of the waterfall, or out of it: the house's money, or an account's contribution."""
    core = context.venue.core
    amount = micros(params.amount, waterfall.MAX_FUNDING_MICROS, "amount")
    if amount == 0:
        raise invalid_params("amount", "must not be 0")
    if (params.account is not None) != (params.layer == "default_fund"):
        raise invalid_params("account", "goes with default_fund, and only with it")
    account = -1 if params.account is None else account_named(context.venue, params.account)

    def answer(outcomes: Sequence[Outcome]) -> dict[str, Any]:
        return {
            "layer": params.layer,
            "account": params.account,
            "amount": dollars(amount),
            "balance": dollars(int(core.venue[_BALANCES[params.layer]])),
        }

    return Operation(
        [
            Command(
                CommandKind.FUND_LAYER,
                account,
                qty_lots=_LAYERS[params.layer],
                amount_micros=amount,
            )
        ],
        answer,
    )


@operation("operator/set_margin_terms")
def set_margin_terms(context: Context, params: TermsParams) -> Operation:
    """Set how long a margin call runs, and the size and pace of close-outs."""
    core = context.venue.core
    given = {
        field: value
        for field, value in msgspec.structs.asdict(params).items()
        if field != "reason" and value is not None
    }
    if not given:
        raise invalid_params("call_s", "give at least one of the terms")
    # Whoever meets a call does so by the wall clock, at whatever rate the market runs.
    call_ns = context.venue.clock.span_ns(given.pop("call_s", 0) * NS_PER_S)
    if params.call_s is None:
        call_ns = int(core.venue[VENUE_CALL_NS])
    if "step_ms" in given:
        given["step_ns"] = given.pop("step_ms") * NS_PER_MS
    terms = msgspec.structs.replace(core.default_terms, **given)
    if not terms.is_sound:
        raise invalid_params(
            "deleveraging_steps", f"must not be below patience_steps, {terms.patience_steps}"
        )
    text = msgspec.json.encode(terms).decode()
    return Operation(
        [Command(CommandKind.SET_MARGIN_TERMS, amount_micros=call_ns, text=text)],
        lambda outcomes: _terms_fields(context.venue),
    )


@method("operator/get_waterfall", scope=READ)
def get_waterfall(context: Context, params: WaterfallParams) -> dict[str, Any]:
    """Return the layers, the terms of margin calls, who is called and what became of each default."""
    venue = context.venue
    core = venue.core
    chosen = None if params.account is None else account_named(venue, params.account)
    found = [one for one in venue.views.defaults.newest() if chosen in (None, one.account)]
    unsound = np.flatnonzero(core.accounts[:, ACCOUNT_STATUS] != AccountStatus.SOUND).tolist()
    return {
        **_terms_fields(venue),
        "layers": [
            {"layer": name, "balance": dollars(int(core.venue[counter]))}
            for name, counter in _BALANCES.items()
        ],
        "contributors": [
            {"account": core.account_names[number], "contribution": dollars(share)}
            for number, share in sorted(core.contributions.items())
        ],
        "unsound": [
            _account_fields(venue, number) for number in unsound if chosen in (None, number)
        ],
        "defaults": [_default_fields(venue, one, params.deals) for one in found[: params.count]],
        "has_more": len(found) > params.count,
    }


def _terms_fields(venue: Venue) -> dict[str, Any]:
    terms = venue.core.default_terms
    return {
        "call_s": venue.clock.wall_span_ns(int(venue.core.venue[VENUE_CALL_NS])) // NS_PER_S,
        "slice_ppm": terms.slice_ppm,
        "step_ms": terms.step_ns // NS_PER_MS,
        "patience_steps": terms.patience_steps,
        "deleveraging_steps": terms.deleveraging_steps,
    }


def _account_fields(venue: Venue, number: int) -> dict[str, Any]:
    core = venue.core
    row = core.account(number).tolist()
    missing = row[ACCOUNT_MAINTENANCE_MICROS] - row[ACCOUNT_CASH_MICROS]
    sound = row[ACCOUNT_STATUS] == AccountStatus.SOUND
    return {
        "account": core.account_names[number],
        "state": AccountStatus(row[ACCOUNT_STATUS]).name.lower(),
        "equity": dollars(row[ACCOUNT_CASH_MICROS]),
        "maintenance_margin": dollars(row[ACCOUNT_MAINTENANCE_MICROS]),
        "missing": dollars(max(0, missing)),
        "due": None if sound else milliseconds(row[ACCOUNT_DEADLINE_NS]),
        "positions": _sizes(venue, bankruptcy.held_lots(core, number)),
    }


def _sizes(venue: Venue, lots: dict[int, int]) -> dict[str, int]:
    return {venue.core.specs[number].name: size for number, size in sorted(lots.items())}


def _default_fields(venue: Venue, default: Default, deals: bool) -> dict[str, Any]:
    names = venue.core.account_names
    fields = {
        "account": names[default.account],
        "begun_seq": default.seq,
        "called_at": milliseconds(default.called_ns),
        "begun_at": milliseconds(default.begun_ns),
        "ended_at": milliseconds(default.ended_ns) if default.ended_ns else None,
        "missing": dollars(default.missing_micros),
        "begun_equity": dollars(default.equity_micros),
        "traded": dollars(default.traded_micros),
        "deleveraged": dollars(default.deleveraged_micros),
        "fees": dollars(default.fees_micros),
        "marked": dollars(default.marked_micros),
        "transferred": dollars(default.transferred_micros),
        "corrected": dollars(default.corrected_micros),
        "paid_by": {
            Layer(layer).name.lower(): dollars(paid)
            for layer, paid in sorted(default.layers.items())
        },
        "paid_by_contributors": {
            names[number]: dollars(paid) for number, paid in sorted(default.contributors.items())
        },
        "equity": dollars(default.balance_micros),
        "positions": _sizes(venue, default.lots),
        "deals_left_out": default.closings_left_out,
    }
    if deals:
        fields["deals"] = [_deal_fields(venue, closing) for closing in default.closings]
    return fields


def _deal_fields(venue: Venue, closing: Closing) -> dict[str, Any]:
    instrument = instrument_numbered(venue, closing.instrument)
    return {
        "seq": closing.seq,
        "timestamp": milliseconds(closing.ts_ns),
        "instrument_name": instrument.name,
        "direction": _DIRECTIONS[closing.side],
        "amount": closing.qty_lots,
        "price": instrument.price(closing.price_ticks),
        "mark_price": instrument.price(closing.mark_ticks),
        "gain": dollars(closing.gain_micros),
        "fee": dollars(closing.fee_micros),
        "counterparty": venue.core.account_names[closing.counterparty],
        "deleveraged": closing.deleveraged,
    }
