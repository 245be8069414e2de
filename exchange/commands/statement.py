"""`cfx statement`: an account's day, from the log alone."""

from __future__ import annotations

from typing import Annotated

import typer

from exchange.terminal import DEFAULT_DATA_DIR, DataDir, explained, out


def statement(
    account: Annotated[str, typer.Argument(help="Whose.")],
    day: Annotated[
        str | None, typer.Option(help="A day such as 2026-12-31; the running one if not given.")
    ] = None,
    data_dir: DataDir = DEFAULT_DATA_DIR,
) -> None:
    """Show how an account's balance changed in a day, posting by posting, from the log alone."""
    # The kernels: not for --help or a wrong option.
    from exchange.statements.tables import chosen, tables

    with explained():
        for table in tables(chosen(data_dir, account, day)):
            out.print(table)
