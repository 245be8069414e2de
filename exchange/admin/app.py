"""What every verb of ``cfx admin`` shares: where and who, confirmation, errors with advice, output."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from exchange.admin.client import CallLost, CallRefused, KeyMissing, OperatorClient, read_key
from exchange.gateway.errors import CODES, INVALID_PARAMS
from exchange.gateway.keys import Credentials
from exchange.terminal import complain, err, out

DEFAULT_URL = "http://127.0.0.1:8000"
DEFAULT_KEY = Path("cfx-data/operator.json")
MAKE_KEY = "make one with `cfx keys add NAME --scope operator:read_write > cfx-data/operator.json`"

admin_app = typer.Typer(
    no_args_is_help=True,
    help="Operate a running exchange: halt, mark, kill, bust, settle, fund, see who did what.",
)


Reason = Annotated[str, typer.Option("--reason", "-r", help="Why, for the audit trail.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
Force = Annotated[bool, typer.Option("--force", help="Also where the exchange would doubt it.")]

ADVICE: dict[int, str] = {
    CODES["forbidden"]: f"this needs an operator's key: {MAKE_KEY}",
    CODES["invalid_credentials"]: f"see `cfx keys list` of that exchange, or {MAKE_KEY}",
    CODES["not_found"]: "see `cfx admin status` and `cfx admin accounts`",
    CODES["book_closed"]: "see `cfx admin status` for what trades",
    CODES["price_not_allowed"]: "add --force if you mean it",
    CODES["not_enough_funds"]: "see `cfx admin accounts`",
    CODES["system_maintenance"]: "see the output of `cfx serve`",
    INVALID_PARAMS: "see --help",
}
"""What to do next, by the code of an error."""


class Desk(msgspec.Struct):
    """Where the calls go, as whom, and how answers are shown."""

    url: str
    key_path: Path
    key: Credentials | None
    as_json: bool


@admin_app.callback()
def _admin(
    context: typer.Context,
    url: Annotated[str, typer.Option(envvar="CFX_URL", help="The exchange.")] = DEFAULT_URL,
    key: Annotated[
        Path,
        typer.Option(envvar="CFX_OPERATOR_KEY", help="File with what `cfx keys add` printed."),
    ] = DEFAULT_KEY,
    client_id: Annotated[
        str | None, typer.Option(envvar="CFX_CLIENT_ID", help="Instead of --key.")
    ] = None,
    client_secret: Annotated[
        str | None, typer.Option(envvar="CFX_CLIENT_SECRET", help="Instead of --key.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print answers as JSON.")] = False,
) -> None:
    """Operate a running exchange; each change is logged with who and why."""
    given = Credentials(client_id, client_secret) if client_id and client_secret else None
    context.obj = Desk(url, key, given, as_json)


def ask(context: typer.Context, method: str, **params: Any) -> Any:
    """Return the result of a method; parameters that are None are left out.

    What can be expected to go wrong ends the command with one line, advice and exit status 1.
    """
    desk: Desk = context.obj
    given = {name: value for name, value in params.items() if value is not None}
    try:
        key = desk.key or read_key(desk.key_path)
        return OperatorClient(desk.url, key).call(method, given)
    except KeyMissing as missing:
        raise _failed(str(missing), MAKE_KEY) from None
    except CallLost as lost:
        advice = (
            "it may have taken effect: see `cfx admin actions`"
            if lost.sent
            else "start it with `cfx serve`, or name it with --url"
        )
        raise _failed(str(lost), advice) from None
    except CallRefused as refused:
        advice = ADVICE.get(refused.code, "nothing was changed")
        if refused.details.get("param") == "force":
            advice = ADVICE[CODES["price_not_allowed"]]
        raise _failed(str(refused), advice) from None


def act(
    context: typer.Context,
    method: str,
    show: Callable[[Any], None],
    *,
    question: str | None = None,
    yes: bool = True,
    **params: Any,
) -> None:
    """Call a method that changes something, and show what came of it.

    question: asked first unless ``yes``; without an answer (a script's) nothing is done.
    """
    if question is not None and not yes:
        try:
            typer.confirm(question, abort=True, err=True)
        except typer.Abort:
            raise _failed("nothing was done", "add --yes to do it without being asked") from None
    result = ask(context, method, **params)
    present(context, result, show)


def present(context: typer.Context, result: Any, show: Callable[[Any], None]) -> None:
    """Show a result, as JSON where that was asked for."""
    desk: Desk = context.obj
    if desk.as_json:
        out.print_json(data=result)
        return
    show(result)
    if isinstance(result, Mapping) and "seq" in result:
        out.print(f"[dim]action {result['seq']}[/dim]", highlight=False)


def chosen(instrument: str | None, family: str | None, everything: bool) -> dict[str, str]:
    """Return the parameters that name one instrument, a family or all; exits with 2 unless one is given."""
    if (instrument is not None) + (family is not None) + everything != 1:
        raise typer.BadParameter("give one of INSTRUMENT, --family and --all")
    if instrument is not None:
        return {"instrument_name": instrument}
    return {"currency": family or "any"}


def named(choice: Mapping[str, str]) -> str:
    """Return the words for what ``chosen`` chose."""
    if "instrument_name" in choice:
        return choice["instrument_name"]
    family = choice["currency"]
    return "every instrument of the venue" if family == "any" else f"every instrument of {family}"


def _failed(problem: str, advice: str) -> typer.Exit:
    complain(problem)
    err.print(f"  {advice}", highlight=False, soft_wrap=True, markup=False)
    return typer.Exit(1)
