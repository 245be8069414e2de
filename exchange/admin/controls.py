"""``cfx admin`` kill, release, restrict, position-limit."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from exchange.admin import tables
from exchange.admin.accounts import Account
from exchange.admin.app import Reason, Yes, act, admin_app, chosen, named
from exchange.admin.prices import OneInstrument
from exchange.admin.trading import Everything, Family

SomeAccount = Annotated[str | None, typer.Argument(help="Name of an account.")]
Firm = Annotated[str | None, typer.Option(help="Instead: this account and all that belong to it.")]
Everyone = Annotated[bool, typer.Option("--all", help="Instead: every account.")]

_RESTRICTED = {
    "instrument_name": "instrument",
    "restricted": "only to close",
    "refused": "refused",
}


def _accounts(account: str | None, firm: str | None, everyone: bool) -> dict[str, Any]:
    if (account is not None) + (firm is not None) + everyone != 1:
        raise typer.BadParameter("give one of ACCOUNT, --firm and --all")
    return {"account": account, "firm": firm, "everyone": everyone}


def _whose(choice: dict[str, Any]) -> str:
    if choice["everyone"]:
        return "every account of the venue"
    return choice["account"] or f"{choice['firm']} and all accounts that belong to it"


@admin_app.command()
def kill(
    context: typer.Context,
    reason: Reason,
    account: SomeAccount = None,
    firm: Firm = None,
    everyone: Everyone = False,
    yes: Yes = False,
) -> None:
    """Stop an account's trading and cancel its orders, until `release`."""
    choice = _accounts(account, firm, everyone)
    act(
        context,
        "operator/stop_trading",
        tables.show_fields,
        question=f"Stop the trading of {_whose(choice)} and cancel all orders?",
        yes=yes,
        reason=reason,
        **choice,
    )


@admin_app.command()
def release(
    context: typer.Context,
    reason: Reason,
    account: SomeAccount = None,
    firm: Firm = None,
    everyone: Everyone = False,
    yes: Yes = False,
) -> None:
    """Let an account trade again after `kill`."""
    choice = _accounts(account, firm, everyone)
    act(
        context,
        "operator/resume_trading",
        tables.show_fields,
        question=None if account else f"Let {_whose(choice)} trade again?",
        yes=yes,
        reason=reason,
        **choice,
    )


@admin_app.command()
def restrict(
    context: typer.Context,
    reason: Reason,
    account: Account,
    instrument: Annotated[str | None, typer.Argument(help="Name of an instrument.")] = None,
    family: Family = None,
    everything: Everything = False,
    lift: Annotated[bool, typer.Option("--lift", help="Let it trade freely again.")] = False,
    yes: Yes = False,
) -> None:
    """Let an account only close its positions in instruments."""
    choice = chosen(instrument, family, everything)
    where = named(choice)
    question = f"Let {account} only close in {where}?"
    if lift:
        question = f"Let {account} trade freely in {where} again?"
    act(
        context,
        "operator/restrict",
        lambda result: tables.show_rows(result["instruments"], _RESTRICTED),
        question=None if instrument else question,
        yes=yes,
        account=account,
        lift=lift,
        reason=reason,
        **choice,
    )


@admin_app.command("position-limit")
def position_limit(
    context: typer.Context,
    reason: Reason,
    instrument: OneInstrument,
    limit: Annotated[str | None, typer.Option(help="Contracts.")] = None,
    by_calendar: Annotated[
        bool, typer.Option("--by-calendar", help="Instead: as the calendar says again.")
    ] = False,
    hold: Annotated[
        int | None,
        typer.Option(min=0, help="Seconds until the calendar's is set again; a day if not given."),
    ] = None,
) -> None:
    """Limit every account's position in an instrument; who holds more may keep it, not add to it."""
    act(
        context,
        "operator/set_position_limit",
        tables.show_fields,
        instrument_name=instrument,
        limit=limit,
        by_calendar=by_calendar,
        hold_s=hold,
        reason=reason,
    )
