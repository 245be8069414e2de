"""`cfx log` and `cfx migrate`: what keeps a log small, quick to recover and readable by the next release."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from exchange import migration, snapshotting
from exchange.core.core import RULES_VERSION
from exchange.log import retention
from exchange.log.snapshots import SNAPSHOTS_KEPT, SnapshotStore
from exchange.log.store import CommandLog
from exchange.terminal import DEFAULT_DATA_DIR, DataDir, explained, log_option, out, progress_bar

log_app = typer.Typer(no_args_is_help=True, help="Look after the log: snapshots and retention.")


@log_app.command()
def status(data_dir: DataDir = DEFAULT_DATA_DIR) -> None:
    """Show where the log begins and ends, its rules, and its snapshots."""
    with explained():
        log = CommandLog(data_dir, writable=False)
        first_seq, last_seq = log.first_seq, log.last_seq
        log.close()
        seqs = SnapshotStore(data_dir).seqs()
    table = Table("", "", show_header=False)
    table.add_row("commands", f"{first_seq:,} to {last_seq:,}")
    table.add_row("rules version", str(RULES_VERSION))
    table.add_row("snapshots at", ", ".join(f"{seq:,}" for seq in seqs) or "none")
    tail = last_seq - (seqs[0] if seqs else 0)
    table.add_row("to replay at a start", f"{tail:,} commands")
    out.print(table)


@log_app.command()
def snapshot(
    data_dir: DataDir = DEFAULT_DATA_DIR,
    kept: Annotated[int, typer.Option(min=1, help="How many are kept.")] = SNAPSHOTS_KEPT,
) -> None:
    """Take a snapshot of where the log ends, also beside a running exchange."""
    with explained(), out.status("recovering"):
        taken = snapshotting.take(data_dir, kept)
    out.print(
        f"snapshot at seq {taken.seq:,}, {taken.bytes / 1e6:.1f} MB, digest {taken.digest}",
        highlight=False,
        soft_wrap=True,
    )


@log_app.command()
def prune(
    data_dir: DataDir = DEFAULT_DATA_DIR,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Remove the commands before the oldest kept snapshot; what recovery needs stays."""
    with explained():
        if not yes:
            typer.confirm(
                "What is before the oldest snapshot goes for ever: statements, `cfx replay` and `cfx verify` "
                "begin there from now on. Go on?",
                abort=True,
            )
        oldest_seq = min(SnapshotStore(data_dir).seqs(), default=0)
        with progress_bar("pruning", oldest_seq) as bar:
            done = retention.prune(
                data_dir, progress=lambda seq: bar.update(bar.task_ids[0], completed=seq)
            )
    out.print(
        f"removed {done.commands:,} commands in {done.batches:,} batches; "
        f"the log begins at {done.first_seq:,}"
    )


def migrate(
    source: Annotated[Path, typer.Argument(help="Data directory of an earlier release.")],
    target: Annotated[Path, typer.Argument(help="New data directory.")],
    log: Annotated[
        str | None,
        log_option(
            "The new stream that a log on JetStream goes on in, such as nats://HOST/venue-2."
        ),
    ] = None,
) -> None:
    """Write the log of an earlier release anew under this one's rules; the old one is only read."""
    with explained(), progress_bar("migrating", migration.last_seq(source)) as bar:
        done = migration.migrate(
            source,
            target,
            log_address=log,
            progress=lambda seq: bar.update(bar.task_ids[0], completed=seq),
        )
    out.print(
        f"rules version {done.version} -> {RULES_VERSION}: {done.commands:,} commands in {done.batches:,} "
        f"batches, digest {done.digest}",
        highlight=False,
        soft_wrap=True,
    )
    if log is not None:
        out.print(
            f"next: cfx serve --data-dir {target} --log URL, which fills the new stream; other nodes follow it "
            "in new directories",
            highlight=False,
            soft_wrap=True,
        )
    for law in done.broken_laws:
        out.print(f"[red]broken:[/red] {law}", highlight=False, soft_wrap=True)
    if done.broken_laws:
        raise typer.Exit(1)
