"""``cfx admin`` close-out, layer, margin-terms, defaults."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from exchange.admin import tables
from exchange.admin.accounts import Account
from exchange.admin.app import Force, Reason, Yes, act, admin_app, ask, present
from exchange.terminal import err, out

_UNSOUND = {
    "account": "account",
    "state": "state",
    "equity": "equity",
    "maintenance_margin": "maintenance",
    "missing": "missing",
    "due": "next due (UTC)",
    "positions": "positions",
}
_SUMS = {
    "begun_equity": "equity at the first step",
    "traded": "closed in the book, against the mark",
    "deleveraged": "closed against counterparties",
    "fees": "fees",
    "marked": "marks and funding meanwhile",
    "transferred": "paid in or out",
    "corrected": "busts and adjustments",
}
"""What adds up to the equity of an account in default, line by line."""
_DEALS = {
    "timestamp": "time (UTC)",
    "instrument_name": "instrument",
    "direction": "direction",
    "amount": "contracts",
    "price": "price",
    "mark_price": "mark",
    "gain": "gain",
    "fee": "fee",
    "counterparty": "against",
    "deleveraged": "deleveraged",
}


@admin_app.command("close-out")
def close_out(
    context: typer.Context,
    reason: Reason,
    account: Account,
    force: Force = False,
    yes: Yes = False,
) -> None:
    """Take a step in the close-out of an account; --force before its margin call is over."""
    act(
        context,
        "operator/close_out",
        tables.show_fields,
        question=f"Close positions of {account}?",
        yes=yes,
        account=account,
        force=force,
        reason=reason,
    )


@admin_app.command()
def layer(
    context: typer.Context,
    reason: Reason,
    name: Annotated[str, typer.Argument(help="insurance, house or default_fund.")],
    pay_in: Annotated[str | None, typer.Option("--in", help="Dollars to pay in.")] = None,
    pay_out: Annotated[str | None, typer.Option("--out", help="Dollars to take out.")] = None,
    account: Annotated[
        str | None, typer.Option(help="Of the default fund: whose contribution.")
    ] = None,
    yes: Yes = False,
) -> None:
    """Pay into a layer of the waterfall, or out of it."""
    if (pay_in is None) == (pay_out is None):
        raise typer.BadParameter("give one of --in and --out")
    amount = pay_in or pay_out or ""
    if amount.startswith(("-", "+")):
        raise typer.BadParameter("give an amount above 0, without a sign")
    way = "into" if pay_out is None else "out of"
    act(
        context,
        "operator/fund_layer",
        tables.show_fields,
        question=f"Pay {amount} {way} {name}?",
        yes=yes,
        layer=name,
        amount=amount if pay_out is None else f"-{amount}",
        account=account,
        reason=reason,
    )


@admin_app.command("margin-terms")
def margin_terms(
    context: typer.Context,
    reason: Reason,
    call: Annotated[int | None, typer.Option(min=0, help="Seconds to meet a margin call.")] = None,
    slice_ppm: Annotated[
        int | None, typer.Option(min=1, help="Millionths of a position that a step offers.")
    ] = None,
    step_ms: Annotated[
        int | None, typer.Option(min=1, help="Milliseconds between two steps.")
    ] = None,
    patience: Annotated[
        int | None, typer.Option(min=0, help="Steps without a fill before the layers pay.")
    ] = None,
    deleveraging: Annotated[
        int | None, typer.Option(min=0, help="Steps without a fill before deleveraging.")
    ] = None,
) -> None:
    """Set how long a margin call runs and how close-outs go; what is not given stays."""
    act(
        context,
        "operator/set_margin_terms",
        tables.show_fields,
        call_s=call,
        slice_ppm=slice_ppm,
        step_ms=step_ms,
        patience_steps=patience,
        deleveraging_steps=deleveraging,
        reason=reason,
    )


@admin_app.command()
def defaults(
    context: typer.Context,
    account: Annotated[str | None, typer.Argument(help="Only of this account.")] = None,
    deals: Annotated[bool, typer.Option("--deals", help="Each deal of each close-out.")] = False,
    count: Annotated[int, typer.Option(min=1, max=1000, help="Most defaults.")] = 20,
) -> None:
    """Show the waterfall's layers, who is called, and what became of each default."""
    result = ask(context, "operator/get_waterfall", account=account, deals=deals, count=count)
    present(context, result, _show_waterfall)
    if result["has_more"]:
        err.print(f"there are older ones: --count {min(1000, 2 * count)} shows more")


def _show_waterfall(result: dict[str, Any]) -> None:
    terms = {name: result[name] for name in result if not isinstance(result[name], list | bool)}
    out.print(tables.text_of("terms", terms), highlight=False, markup=False)
    tables.show_rows(result["layers"], {"layer": "layer", "balance": "balance"})
    if result["contributors"]:
        columns = {"account": "contributor", "contribution": "contribution"}
        tables.show_rows(result["contributors"], columns)
    if result["unsound"]:
        tables.show_rows(result["unsound"], _UNSOUND)
    for default in result["defaults"]:
        _show_default(default)


def _show_default(default: dict[str, Any]) -> None:
    """Print what became of one default: sums that add up to its equity."""
    begun, ended = (tables.text_of(field, default[field]) for field in ("begun_at", "ended_at"))
    lines = [(words, default[field]) for field, words in _SUMS.items() if default[field]]
    lines += [(f"paid by {name}", paid) for name, paid in default["paid_by"].items()]
    lines.append(("= equity" if ended else "= equity now", default["equity"]))
    title = f"default of {default['account']}: {begun} to {ended or 'now'}"
    out.print(title, highlight=False, markup=False)
    for words, amount in lines:
        out.print(f"  {words:<40}{tables.text_of('amount', amount):>20}", highlight=False)
    if default["positions"]:
        held = tables.text_of("positions", default["positions"])
        out.print(f"  still holds {held}", highlight=False, markup=False)
    if default.get("deals"):
        tables.show_rows(default["deals"], _DEALS)
