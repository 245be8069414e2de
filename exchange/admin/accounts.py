"""``cfx admin`` account, deposit, withdraw, move, limits, accounts."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from exchange.admin import tables
from exchange.admin.app import Reason, Yes, act, admin_app, ask, present
from exchange.terminal import err, out

Account = Annotated[str, typer.Argument(help="Name of an account.")]
Dollars = Annotated[str, typer.Argument(help="Dollars, above 0.")]
MaxOrders = Annotated[int | None, typer.Option(min=1, help="Open orders it may have.")]

_COLUMNS = {
    "account": "account",
    "belongs_to": "belongs to",
    "state": "state",
    "equity": "equity",
    "initial_margin": "initial",
    "maintenance_margin": "maintenance",
    "open_orders": "orders",
    "max_orders": "of at most",
    "stopped": "stopped",
    "restricted": "only closes in",
}


@admin_app.command()
def account(
    context: typer.Context,
    reason: Reason,
    name: Annotated[str, typer.Argument(help="Letters, digits, dots, underscores, hyphens.")],
    deposit: Annotated[str, typer.Option(help="Dollars.")] = "0",
    max_orders: MaxOrders = None,
    belongs_to: Annotated[
        str | None, typer.Option(help="Account that it is to be a sub-account of.")
    ] = None,
) -> None:
    """Open an account."""

    def show(result: dict[str, Any]) -> None:
        tables.show_fields(result)
        out.print(f"its key is made with `cfx keys add {name}`", markup=False, highlight=False)

    act(
        context,
        "operator/open_account",
        show,
        name=name,
        deposit=deposit,
        max_orders=max_orders,
        belongs_to=belongs_to,
        reason=reason,
    )


@admin_app.command()
def deposit(context: typer.Context, reason: Reason, account: Account, dollars: Dollars) -> None:
    """Put money into an account."""
    act(
        context,
        "operator/transfer",
        tables.show_fields,
        account=account,
        amount=_positive(dollars),
        reason=reason,
    )


@admin_app.command()
def withdraw(
    context: typer.Context, reason: Reason, account: Account, dollars: Dollars, yes: Yes = False
) -> None:
    """Take money out of an account, as far as its margin lets it go."""
    amount = _positive(dollars)
    act(
        context,
        "operator/transfer",
        tables.show_fields,
        question=f"Withdraw {amount} from {account}?",
        yes=yes,
        account=account,
        amount=f"-{amount}",
        reason=reason,
    )


@admin_app.command()
def move(
    context: typer.Context,
    reason: Reason,
    account: Account,
    to_account: Annotated[str, typer.Argument(help="Account of the same firm that gets it.")],
    dollars: Dollars,
    yes: Yes = False,
) -> None:
    """Move money between two accounts of a firm."""
    amount = _positive(dollars)
    act(
        context,
        "operator/move",
        tables.show_fields,
        question=f"Move {amount} from {account} to {to_account}?",
        yes=yes,
        account=account,
        to_account=to_account,
        amount=amount,
        reason=reason,
    )


def _positive(dollars: str) -> str:
    if dollars.startswith(("-", "+")):
        raise typer.BadParameter("give an amount above 0, without a sign")
    return dollars


@admin_app.command()
def limits(
    context: typer.Context,
    reason: Reason,
    account: Account,
    max_orders: Annotated[int, typer.Option(min=1, help="Open orders it may have.")],
) -> None:
    """Set what an account may have."""
    act(
        context,
        "operator/set_account_limits",
        tables.show_fields,
        account=account,
        max_orders=max_orders,
        reason=reason,
    )


@admin_app.command()
def accounts(
    context: typer.Context,
    state: Annotated[
        str | None, typer.Option(help="Only those sound, called or closing_out.")
    ] = None,
    count: Annotated[int, typer.Option(min=1, max=1000, help="Most rows.")] = 100,
    offset: Annotated[int, typer.Option(min=0, help="Rows to pass over first.")] = 0,
) -> None:
    """Show equity, margins and state of accounts."""
    result = ask(context, "operator/list_accounts", state=state, count=count, offset=offset)
    present(context, result, lambda found: tables.show_rows(found["accounts"], _COLUMNS))
    if result["has_more"]:
        err.print(f"{result['total']} in all: --offset {offset + count} goes on")
