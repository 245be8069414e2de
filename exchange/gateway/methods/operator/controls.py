"""operator/stop_trading, resume_trading, restrict, set_position_limit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

from msgspec import Meta

from exchange.core.actions import MAX_COMMANDS
from exchange.core.commands import Command
from exchange.core.layout import (
    EVENT_KIND,
    EVENT_TAG,
    INSTRUMENT_MAX_POSITION_LOTS,
    CommandKind,
    EventKind,
    Reason,
)
from exchange.gateway.errors import invalid_params
from exchange.gateway.methods import quantities
from exchange.gateway.methods.operator.action import Operation, Reasoned, operation
from exchange.gateway.methods.operator.selection import (
    AccountName,
    AccountNames,
    InstrumentNames,
    chosen_accounts,
    chosen_instruments,
    one_instrument,
)
from exchange.gateway.methods.outcomes import rejection
from exchange.gateway.methods.params import Amount, Currency, InstrumentName
from exchange.gateway.rpc import Context
from exchange.views.holds import limit_hold

if TYPE_CHECKING:
    from exchange.venue import Outcome, Venue

EVERYONE = -1
DAY_S = 86_400
LimitSeconds = Annotated[
    int, Meta(ge=0, le=366 * DAY_S, description="How long the calendar's own limit stays away")
]


class TradingParams(Reasoned):
    """Accounts, firms with all that belong to them, or every account of the venue."""

    account: AccountName | None = None
    accounts: AccountNames = ()
    firm: AccountName | None = None
    firms: AccountNames = ()
    everyone: bool = False

    @property
    def all_accounts(self) -> tuple[str, ...]:
        """The accounts that are named one by one."""
        return (*(() if self.account is None else (self.account,)), *self.accounts)

    @property
    def all_firms(self) -> tuple[str, ...]:
        """The firms."""
        return (*(() if self.firm is None else (self.firm,)), *self.firms)


class RestrictParams(TradingParams):
    """Such accounts in instruments, or in all unexpired ones of a currency."""

    instrument_name: InstrumentName | None = None
    instrument_names: InstrumentNames = ()
    currency: Currency | None = None
    lift: bool = False


class PositionLimitParams(Reasoned):
    """The largest position that any account may have in an instrument."""

    instrument_name: InstrumentName
    limit: Amount | None = None
    by_calendar: bool = False
    hold_s: LimitSeconds = DAY_S


@operation("operator/stop_trading")
def stop_trading(context: Context, params: TradingParams) -> Operation:
    """Stop accounts' trading and cancel their orders; they may cancel, but enter nothing more."""
    return _trading(context.venue, params, 1, EventKind.TRADING_STOPPED)


@operation("operator/resume_trading")
def resume_trading(context: Context, params: TradingParams) -> Operation:
    """Let accounts trade again whose trading was stopped."""
    return _trading(context.venue, params, 0, EventKind.TRADING_RESUMED)


def _trading(venue: Venue, params: TradingParams, begins: int, told: EventKind) -> Operation:
    numbers = _chosen_accounts(venue, params)

    def answer(outcomes: Sequence[Outcome]) -> dict[str, Any]:
        kinds = [row[EVENT_KIND] for outcome in outcomes for row in outcome.events]
        changed = kinds.count(told)
        if not begins:
            return {"accounts": changed}
        return {"accounts": changed, "cancelled_orders": kinds.count(EventKind.CANCELLED)}

    return Operation(
        [Command(CommandKind.STOP_TRADING, number, qty_lots=begins) for number in numbers], answer
    )


def _chosen_accounts(venue: Venue, params: TradingParams) -> list[int]:
    if params.everyone and not (params.all_accounts or params.all_firms):
        return [EVERYONE]
    found = chosen_accounts(venue, params.all_accounts, params.all_firms, everyone=params.everyone)
    if len(found) > MAX_COMMANDS:
        raise invalid_params("firm", f"is more than {MAX_COMMANDS} accounts: take fewer at a time")
    return found


@operation("operator/restrict")
def restrict(context: Context, params: RestrictParams) -> Operation:
    """Let accounts only close their positions in instruments, or, lifted, trade them freely again."""
    venue = context.venue
    accounts = chosen_accounts(
        venue, params.all_accounts, params.all_firms, everyone=params.everyone
    )
    numbers = chosen_instruments(
        venue, params.instrument_name, params.currency, params.instrument_names
    )
    pairs = [(account, number) for account in accounts for number in numbers]
    if len(pairs) > MAX_COMMANDS:
        told = (
            f"{len(accounts)} accounts in {len(numbers)} instruments are more than {MAX_COMMANDS}"
        )
        raise invalid_params("account", f"{told} restrictions: take fewer at a time")

    def answer(outcomes: Sequence[Outcome]) -> dict[str, Any]:
        found = [
            _restricted(venue, *pair, outcome, params)
            for pair, outcome in zip(pairs, outcomes, strict=True)
        ]
        return {"restrictions": found}

    begins = 0 if params.lift else 1
    return Operation(
        [
            Command(CommandKind.RESTRICT, account, instrument=number, qty_lots=begins)
            for account, number in pairs
        ],
        answer,
    )


def _restricted(
    venue: Venue, account: int, number: int, outcome: Outcome, params: RestrictParams
) -> dict[str, Any]:
    core = venue.core
    fields: dict[str, Any] = {
        "account": core.account_names[account],
        "instrument_name": core.specs[number].name,
    }
    if refusal := rejection(outcome.events):
        return {**fields, "refused": Reason(refusal[EVENT_TAG]).name.lower()}
    return {**fields, "restricted": not params.lift}


@operation("operator/set_position_limit", amount="limit")
def set_position_limit(context: Context, params: PositionLimitParams) -> Operation:
    """Limit every account's position in an instrument, or leave that to the calendar again."""
    core = context.venue.core
    if (params.limit is not None) + params.by_calendar != 1:
        raise invalid_params("limit", "give one of limit and by_calendar")
    number = one_instrument(context.venue, params.instrument_name)
    former_lots = int(core.instruments[number, INSTRUMENT_MAX_POSITION_LOTS])
    # The calendar's limit is the schedule's to say: until it does, within seconds, the former one stands.
    limit_lots = (
        former_lots if params.limit is None else quantities.lots(params.limit, None, "limit")
    )
    most_lots = core.specs[number].max_position_lots
    if limit_lots > most_lots:
        raise invalid_params("limit", f"must be at most the {most_lots} that it was listed with")
    hold_s = 0 if params.by_calendar else params.hold_s
    return Operation(
        [Command(CommandKind.SET_POSITION_LIMIT, instrument=number, qty_lots=limit_lots)],
        lambda outcomes: {
            "instrument_name": params.instrument_name,
            "former_limit": former_lots,
            "limit": limit_lots,
            "hold_s": hold_s,
        },
        (limit_hold(params.instrument_name),),
        hold_s,
    )
