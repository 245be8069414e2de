"""``cfx admin`` status, large, actions."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from exchange.admin import tables
from exchange.admin.app import admin_app, ask, present
from exchange.terminal import err, out

_INSTRUMENTS = {
    "instrument_name": "instrument",
    "state": "state",
    "mark_price": "mark",
    "min_price": "band from",
    "max_price": "to",
    "open_interest": "open interest",
    "held_until": "mark held until (UTC)",
    "position_limit": "position limit",
    "limit_held_until": "limit held until (UTC)",
}
_INDICES = {"index_name": "index", "index_price": "price", "held_until": "held until (UTC)"}
_LARGE = {
    "account": "account",
    "currency": "family",
    "instrument_name": "contract",
    "size": "lots",
    "accountability_level": "level",
    "accountable": "must account for it",
}
_ACTIONS = {
    "seq": "action",
    "timestamp": "time (UTC)",
    "operator": "operator",
    "method": "call",
    "params": "what",
    "reason": "why",
    "refused": "refused",
}


def _show_status(result: dict[str, Any]) -> None:
    venue = result["venue"]
    word = "ready" if venue.get("ready") else f"not ready: {venue.get('failure')}"
    figures = "  ".join(
        f"{name.replace('_', ' ')} {venue[name]:,}"
        for name in ("seq", "trades", "live_orders", "accounts", "uptime_s")
    )
    out.print(f"{word}  {figures}", highlight=False, markup=False)
    tables.show_rows(result["instruments"], _INSTRUMENTS)
    tables.show_rows(result["indices"], _INDICES)


@admin_app.command()
def status(
    context: typer.Context,
    family: Annotated[str | None, typer.Option(help="Only instruments of this family.")] = None,
) -> None:
    """Show how the venue, its instruments and indices are, and what is held."""
    present(context, ask(context, "operator/status", currency=family), _show_status)


@admin_app.command()
def large(
    context: typer.Context,
    accountable: Annotated[
        bool, typer.Option("--accountable", help="Only those above an accountability level.")
    ] = False,
    count: Annotated[int, typer.Option(min=1, max=1000, help="Most rows.")] = 100,
) -> None:
    """Show positions from the reportable level on; a row without contract is a family's net one."""
    result = ask(context, "operator/list_large_positions", accountable=accountable, count=count)
    present(context, result, lambda shown: tables.show_rows(shown["positions"], _LARGE))


@admin_app.command()
def actions(
    context: typer.Context,
    count: Annotated[int, typer.Option(min=1, max=1000, help="Most rows.")] = 20,
    before: Annotated[int | None, typer.Option(min=1, help="Only older than this action.")] = None,
) -> None:
    """Show who did what and why, newest first."""
    result = ask(context, "operator/list_actions", count=count, before_seq=before)
    present(context, result, lambda found: tables.show_rows(found["actions"], _ACTIONS))
    if result["has_more"]:
        err.print(f"there are older ones: --before {result['actions'][-1]['seq']}")
