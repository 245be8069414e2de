"""``cfx admin`` halt, collect, resume, close, list, specification."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from exchange.admin import tables
from exchange.admin.app import Reason, Yes, act, admin_app, ask, chosen, named
from exchange.terminal import out

Instrument = Annotated[str | None, typer.Argument(help="Name of an instrument.")]
Family = Annotated[str | None, typer.Option(help="Instead: every instrument of this family.")]
Everything = Annotated[bool, typer.Option("--all", help="Instead: every instrument.")]

_COLUMNS = {
    "instrument_name": "instrument",
    "state": "state",
    "price": "auction price",
    "amount": "contracts",
    "refused": "refused",
}


def _show(result: dict[str, Any]) -> None:
    tables.show_rows(result["instruments"], _COLUMNS)


def _set_state(
    context: typer.Context,
    choice: dict[str, str],
    state: str,
    reason: str,
    question: str,
    yes: bool,
) -> None:
    one = "instrument_name" in choice
    act(
        context,
        "operator/set_state",
        _show,
        question=None if one else f"{question} {named(choice)}?",
        yes=yes,
        state=state,
        reason=reason,
        **choice,
    )


@admin_app.command()
def halt(
    context: typer.Context,
    reason: Reason,
    instrument: Instrument = None,
    family: Family = None,
    everything: Everything = False,
    yes: Yes = False,
) -> None:
    """Stop trading until it is resumed; orders stay and can be cancelled."""
    _set_state(context, chosen(instrument, family, everything), "halted", reason, "Halt", yes)


@admin_app.command()
def collect(
    context: typer.Context,
    reason: Reason,
    instrument: Instrument = None,
    family: Family = None,
    everything: Everything = False,
    yes: Yes = False,
) -> None:
    """Collect orders without trading (pre-open), for the auction of `resume`."""
    choice = chosen(instrument, family, everything)
    _set_state(context, choice, "pre_open", reason, "Stop trading and collect orders in", yes)


@admin_app.command()
def resume(
    context: typer.Context,
    reason: Reason,
    instrument: Instrument = None,
    family: Family = None,
    everything: Everything = False,
    yes: Yes = False,
) -> None:
    """Open by an auction of the orders that are there, and trade on."""
    _set_state(context, chosen(instrument, family, everything), "open", reason, "Open", yes)


@admin_app.command()
def close(
    context: typer.Context,
    reason: Reason,
    instrument: Instrument = None,
    family: Family = None,
    everything: Everything = False,
    yes: Yes = False,
) -> None:
    """Close as at the end of a session; the session calendar opens again."""
    _set_state(context, chosen(instrument, family, everything), "closed", reason, "Close", yes)


@admin_app.command("list")
def list_instrument(
    context: typer.Context,
    reason: Reason,
    specification: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, help="JSON, as `specification` prints.")
    ],
    yes: Yes = False,
) -> None:
    """List a new instrument, which trades at once."""
    try:
        spec = msgspec.json.decode(specification.read_bytes(), type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise typer.BadParameter(f"{specification} is no JSON object: {error}") from None
    act(
        context,
        "operator/list_instrument",
        tables.show_fields,
        question=f"List {spec.get('name')}? It cannot be taken off again, only settled.",
        yes=yes,
        spec=spec,
        reason=reason,
    )


@admin_app.command()
def specification(
    context: typer.Context,
    instrument: Annotated[str, typer.Argument(help="Name of an instrument.")],
) -> None:
    """Print what an instrument was listed with, as JSON to change and `list`."""
    out.print_json(data=ask(context, "operator/get_specification", instrument_name=instrument))
