"""``cfx admin`` mark, index, settle, fund."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from exchange.admin import tables
from exchange.admin.app import Force, Reason, Yes, act, admin_app, chosen, named
from exchange.admin.trading import Everything, Family, Instrument

Hold = Annotated[
    int | None,
    typer.Option(min=0, help="Seconds for which the venue's own stay away; 60 if not given."),
]
Price = Annotated[str, typer.Option(help="Dollars per GPU-hour.")]
OneInstrument = Annotated[str, typer.Argument(help="Name of an instrument.")]

_MARKS = {
    "instrument_name": "instrument",
    "former_price": "mark before",
    "mark_price": "mark",
    "refused": "refused",
}


def _show_marks(result: dict[str, Any]) -> None:
    tables.show_rows(result["instruments"], _MARKS)


@admin_app.command()
def mark(
    context: typer.Context,
    reason: Reason,
    instrument: Instrument = None,
    family: Family = None,
    everything: Everything = False,
    price: Annotated[str | None, typer.Option(help="Dollars per GPU-hour, of one.")] = None,
    move: Annotated[str | None, typer.Option(help="By how many percent, such as -30.")] = None,
    by_rule: Annotated[bool, typer.Option("--by-rule", help="As the venue does again.")] = False,
    hold: Hold = None,
    force: Force = False,
    yes: Yes = False,
) -> None:
    """Value positions at another mark: cash moves, margin calls follow, the price band moves along."""
    choice = chosen(instrument, family, everything)
    percent = None if move is None else move.removesuffix("%")
    how = "by the venue's rule" if by_rule else f"at {price}" if price else f"by {percent} %"
    act(
        context,
        "operator/set_mark",
        _show_marks,
        question=f"Mark {named(choice)} {how}? Positions are revalued at once.",
        yes=yes,
        price=price,
        move_percent=percent,
        by_rule=by_rule,
        hold_s=hold,
        force=force,
        reason=reason,
        **choice,
    )


@admin_app.command()
def index(
    context: typer.Context,
    reason: Reason,
    name: Annotated[str, typer.Argument(help="Name of an index.")],
    price: Price,
    hold: Hold = None,
    force: Force = False,
    yes: Yes = False,
) -> None:
    """Print an index in place of the venue's own process."""
    act(
        context,
        "operator/print_index",
        tables.show_fields,
        question=f"Print {name} at {price}? Marks and stops follow it.",
        yes=yes,
        index_name=name,
        price=price,
        hold_s=hold,
        force=force,
        reason=reason,
    )


@admin_app.command()
def settle(
    context: typer.Context,
    reason: Reason,
    instrument: OneInstrument,
    price: Price,
    force: Force = False,
    yes: Yes = False,
) -> None:
    """Settle a dated instrument for good: orders go, positions become cash."""
    act(
        context,
        "operator/settle",
        tables.show_fields,
        question=f"Settle {instrument} for good at {price}? This cannot be undone.",
        yes=yes,
        instrument_name=instrument,
        price=price,
        force=force,
        reason=reason,
    )


@admin_app.command()
def fund(
    context: typer.Context,
    reason: Reason,
    instrument: OneInstrument,
    payment: Annotated[
        str, typer.Option(help="Dollars per GPU-hour from longs to shorts; may be negative.")
    ],
    force: Force = False,
    yes: Yes = False,
) -> None:
    """Let the longs of a perpetual pay its shorts once, beside the daily payment."""
    act(
        context,
        "operator/fund",
        tables.show_fields,
        question=f"Let the longs of {instrument} pay {payment} a GPU-hour now?",
        yes=yes,
        instrument_name=instrument,
        payment=payment,
        force=force,
        reason=reason,
    )
