"""``cfx admin`` kill, release, restrict, position-limit."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from exchange.admin import tables
from exchange.admin.app import Reason, Yes, act, admin_app, chosen, named
from exchange.admin.prices import OneInstrument
from exchange.admin.trading import Everything, Family

SomeAccount = Annotated[str | None, typer.Argument(help="Name of an account.")]
Accounts = Annotated[
    list[str] | None, typer.Option("--account", help="Another account; may be given repeatedly.")
]
Firms = Annotated[
    list[str] | None,
    typer.Option("--firm", help="This account and all that belong to it; repeatedly."),
]
Everyone = Annotated[bool, typer.Option("--all", help="Instead: every account.")]
EveryAccount = Annotated[bool, typer.Option("--everyone", help="Instead: every account.")]
Instruments = Annotated[
    list[str] | None,
    typer.Option("--instrument", help="Another instrument; may be given repeatedly."),
]

_RESTRICTED = {
    "account": "account",
    "instrument_name": "instrument",
    "restricted": "only to close",
    "refused": "refused",
}


def _accounts(
    account: str | None, accounts: list[str] | None, firms: list[str] | None, everyone: bool
) -> dict[str, Any]:
    """Return whom a command is about as the calls take it."""
    named = [*([] if account is None else [account]), *(accounts or ())]
    if bool(named or firms) == everyone:
        raise typer.BadParameter("give ACCOUNT, --account and --firm, or --all accounts")
    return {"accounts": named, "firms": firms or [], "everyone": everyone}


def _whose(choice: dict[str, Any]) -> str:
    if choice["everyone"]:
        return "every account of the venue"
    firms = [f"{firm} and all accounts that belong to it" for firm in choice["firms"]]
    return ", ".join([*choice["accounts"], *firms])


def _is_one(choice: dict[str, Any]) -> bool:
    return not choice["everyone"] and not choice["firms"] and len(choice["accounts"]) == 1


@admin_app.command()
def kill(
    context: typer.Context,
    reason: Reason,
    account: SomeAccount = None,
    accounts: Accounts = None,
    firms: Firms = None,
    everyone: Everyone = False,
    yes: Yes = False,
) -> None:
    """Stop an account's trading and cancel its orders, until `release`."""
    choice = _accounts(account, accounts, firms, everyone)
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
    accounts: Accounts = None,
    firms: Firms = None,
    everyone: Everyone = False,
    yes: Yes = False,
) -> None:
    """Let an account trade again after `kill`."""
    choice = _accounts(account, accounts, firms, everyone)
    act(
        context,
        "operator/resume_trading",
        tables.show_fields,
        question=None if _is_one(choice) else f"Let {_whose(choice)} trade again?",
        yes=yes,
        reason=reason,
        **choice,
    )


@admin_app.command()
def restrict(
    context: typer.Context,
    reason: Reason,
    account: SomeAccount = None,
    instrument: Annotated[str | None, typer.Argument(help="Name of an instrument.")] = None,
    accounts: Accounts = None,
    firms: Firms = None,
    everyone: EveryAccount = False,
    instruments: Instruments = None,
    family: Family = None,
    everything: Everything = False,
    lift: Annotated[bool, typer.Option("--lift", help="Let it trade freely again.")] = False,
    yes: Yes = False,
) -> None:
    """Let accounts only close their positions in instruments."""
    whom = _accounts(account, accounts, firms, everyone)
    named_ones = [*([] if instrument is None else [instrument]), *(instruments or ())]
    if named_ones and (family is not None or everything):
        raise typer.BadParameter("give instruments, --family or --all")
    where: dict[str, Any] = {"instrument_names": named_ones}
    place = ", ".join(named_ones)
    if not named_ones:
        choice = chosen(None, family, everything)
        where, place = {**choice}, named(choice)
    question = f"Let {_whose(whom)} only close in {place}?"
    if lift:
        question = f"Let {_whose(whom)} trade freely in {place} again?"
    act(
        context,
        "operator/restrict",
        lambda result: tables.show_rows(result["restrictions"], _RESTRICTED),
        question=None if _is_one(whom) and len(named_ones) == 1 else question,
        yes=yes,
        lift=lift,
        reason=reason,
        **whom,
        **where,
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
