"""An account's day as tables, from the log alone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import typer
from rich.table import Table

from exchange.log import opening
from exchange.statements.replaying import of_account
from exchange.statements.statement import Statement
from marketdata.days import date_of, day_number

MICROS = 1_000_000


def money(micros: int) -> str:
    """Return micro-dollars as dollars to the last digit."""
    sign, rest = ("-" if micros < 0 else ""), abs(micros)
    return f"{sign}{rest // MICROS:,}.{rest % MICROS:06d}"


def chosen(directory: Path, account: str, day: str | None) -> Statement:
    """Return an account's statement of a day such as 2026-12-31; without one, of the running day.

    Raises typer.BadParameter where the day is none, or has no statement.
    """
    log = opening.readable(directory)
    try:
        found = of_account(log, account)
    finally:
        log.close()
    if day is None:
        return found[-1]
    try:
        number = day_number(date.fromisoformat(day))
    except ValueError:
        raise typer.BadParameter(
            f"{day!r} is no day; write 2026-12-31", param_hint="--day"
        ) from None
    for statement in found:
        if statement.day == number:
            return statement
    known = ", ".join(date_of(each.day).isoformat() for each in found)
    raise typer.BadParameter(f"{day} has none; these days have: {known}", param_hint="--day")


def tables(statement: Statement) -> Sequence[Table]:
    """Return a statement as tables: how the balance changed, and what is held."""
    day = date_of(statement.day).isoformat()
    balance = Table("posting", "instrument", "entries", "USD", title=f"{statement.account} · {day}")
    for column in (2, 3):
        balance.columns[column].justify = "right"
    balance.add_row("opening balance", "", "", money(statement.opening_micros), end_section=True)
    for posting in statement.postings:
        words = posting.kind.value.replace("_", " ")
        amount = money(posting.amount_micros)
        balance.add_row(words, posting.instrument, str(posting.entries), amount)
    balance.add_section()
    balance.add_row("closing balance", "", "", money(statement.closing_micros), style="bold")
    balance.add_row("initial margin", "", "", money(statement.initial_micros))
    balance.add_row(
        f"maintenance margin ({statement.status})", "", "", money(statement.maintenance_micros)
    )
    held = Table("position", "lots", "mark", "value, USD")
    for column in (1, 2, 3):
        held.columns[column].justify = "right"
    for position in statement.positions:
        held.add_row(
            position.instrument,
            f"{position.lots:+,}",
            money(position.mark_micros),
            money(position.value_micros),
        )
    return [balance, held] if statement.positions else [balance]
