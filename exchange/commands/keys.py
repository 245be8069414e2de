"""`cfx keys`: who may speak for an account."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from exchange.gateway.keys import KEYS_NAME, KeyStore
from exchange.gateway.scopes import DEFAULT_SCOPES
from exchange.log.terms import is_log
from exchange.terminal import DEFAULT_DATA_DIR, DataDir, complain, explained, out

app = typer.Typer(no_args_is_help=True, help="Make, list and revoke API keys.")


@contextmanager
def _key_store(data_dir: Path) -> Iterator[KeyStore]:
    with explained():
        if not is_log(data_dir):
            raise FileNotFoundError(f"{data_dir}: no exchange here; `cfx serve` starts one")
        store = KeyStore(data_dir / KEYS_NAME)
        try:
            yield store
        finally:
            store.close()


@app.command("add")
def keys_add(
    account: Annotated[str, typer.Argument(help="Account of the key.")],
    data_dir: DataDir = DEFAULT_DATA_DIR,
    scope: Annotated[
        list[str] | None, typer.Option(help="Such as trade:read; may be repeated.")
    ] = None,
    label: Annotated[str, typer.Option(help="What the key is for.")] = "",
) -> None:
    """Make a key and show its secret, this once; a running exchange takes it within a second."""
    with _key_store(data_dir) as store:
        made = store.create(account, scope or DEFAULT_SCOPES, label, created_ns=time.time_ns())
    out.print_json(data={"client_id": made.client_id, "client_secret": made.client_secret})


@app.command("list")
def keys_list(data_dir: DataDir = DEFAULT_DATA_DIR) -> None:
    """List the keys, without their secrets."""
    table = Table("client_id", "account", "scopes", "label", "state")
    with _key_store(data_dir) as store:
        for key in store.listing():
            state = "valid" if key.revoked_ns is None else "revoked"
            table.add_row(key.client_id, key.account, " ".join(key.scopes), Text(key.label), state)
    out.print(table)


@app.command("revoke")
def keys_revoke(
    client_id: Annotated[str, typer.Argument(help="As `cfx keys list` shows it.")],
    data_dir: DataDir = DEFAULT_DATA_DIR,
) -> None:
    """End a key for ever; a running exchange closes its sessions within a second."""
    with _key_store(data_dir) as store:
        if not store.revoke(client_id, revoked_ns=time.time_ns()):
            complain(f"no valid key {client_id}: see `cfx keys list`")
            raise typer.Exit(1)
    out.print(f"revoked {client_id}")
