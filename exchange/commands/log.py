"""`cfx log`: what keeps a log small and quick to recover."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.table import Table

from exchange.log.snapshots import SnapshotStore
from exchange.log.terms import SNAPSHOTS_KEPT
from exchange.progress import progress_bar
from exchange.terminal import DEFAULT_DATA_DIR, DataDir, explained, out

app = typer.Typer(no_args_is_help=True, help="Look after the log: snapshots and retention.")


@app.command()
def status(data_dir: DataDir = DEFAULT_DATA_DIR) -> None:
    """Show where the log begins and ends, its rules, and its snapshots."""
    from exchange.core.core import RULES_VERSION  # the kernels: not for --help or a wrong option
    from exchange.log.store import CommandLog

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


@app.command()
def snapshot(
    data_dir: DataDir = DEFAULT_DATA_DIR,
    kept: Annotated[int, typer.Option(min=1, help="How many are kept.")] = SNAPSHOTS_KEPT,
) -> None:
    """Take a snapshot of where the log ends, also beside a running exchange."""
    from exchange import snapshotting  # the kernels: not for --help or a wrong option

    with explained(), out.status("recovering"):
        taken = snapshotting.take(data_dir, kept)
    out.print(
        f"snapshot at seq {taken.seq:,}, {taken.bytes / 1e6:.1f} MB, digest {taken.digest}",
        highlight=False,
        soft_wrap=True,
    )


@app.command()
def prune(
    data_dir: DataDir = DEFAULT_DATA_DIR,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Remove the commands before the oldest kept snapshot; what recovery needs stays."""
    from exchange.log import retention  # the kernels: not for --help or a wrong option

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
