"""``cfx admin`` block, give-up, bust, adjust."""

from __future__ import annotations

from typing import Annotated

import typer

from exchange.admin import tables
from exchange.admin.app import Force, Reason, Yes, act, admin_app
from exchange.admin.prices import OneInstrument, Price

Trade = Annotated[str, typer.Argument(help="trade_id of a trade of this day or the one before.")]


@admin_app.command()
def block(
    context: typer.Context,
    reason: Reason,
    instrument: OneInstrument,
    buyer: Annotated[str, typer.Option(help="Name of the account that buys.")],
    seller: Annotated[str, typer.Option(help="Name of the account that sells.")],
    amount: Annotated[str, typer.Option(help="Contracts.")],
    price: Price,
    reference: Annotated[
        str | None, typer.Option(help="Of an EFP: what the futures are exchanged for.")
    ] = None,
    force: Force = False,
    yes: Yes = False,
) -> None:
    """Enter a trade that two accounts agreed beside the book."""
    act(
        context,
        "operator/block_trade",
        tables.show_fields,
        question=f"Let {buyer} buy {amount} {instrument} from {seller} at {price}?",
        yes=yes,
        instrument_name=instrument,
        buyer=buyer,
        seller=seller,
        amount=amount,
        price=price,
        reference=reference,
        force=force,
        reason=reason,
    )


@admin_app.command("give-up")
def give_up(
    context: typer.Context,
    reason: Reason,
    trade: Trade,
    account: Annotated[str, typer.Option("--from", help="Account that executed it.")],
    to_account: Annotated[str, typer.Option("--to", help="Account that clears it.")],
    yes: Yes = False,
) -> None:
    """Move a trade from the account that executed it to another: lots, money and fee."""
    act(
        context,
        "operator/give_up",
        tables.show_fields,
        question=f"Move trade {trade} from {account} to {to_account}?",
        yes=yes,
        trade_id=trade,
        account=account,
        to_account=to_account,
        reason=reason,
    )


@admin_app.command()
def bust(context: typer.Context, reason: Reason, trade: Trade, yes: Yes = False) -> None:
    """Undo a trade: both sides give back lots, money and fee."""
    act(
        context,
        "operator/bust",
        tables.show_fields,
        question=f"Bust trade {trade}? It cannot be put back.",
        yes=yes,
        trade_id=trade,
        reason=reason,
    )


@admin_app.command()
def adjust(
    context: typer.Context,
    reason: Reason,
    trade: Trade,
    price: Price,
    force: Force = False,
    yes: Yes = False,
) -> None:
    """Give a trade another price: one side pays the difference to the other."""
    act(
        context,
        "operator/adjust",
        tables.show_fields,
        question=f"Give trade {trade} the price {price}?",
        yes=yes,
        trade_id=trade,
        price=price,
        force=force,
        reason=reason,
    )
