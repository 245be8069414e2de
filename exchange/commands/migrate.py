"""`cfx migrate`: the log of an earlier release, readable by this one."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from exchange.progress import progress_bar
from exchange.terminal import explained, log_option, out


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
    from exchange import migration  # the kernels: not for --help or a wrong option
    from exchange.core.core import RULES_VERSION

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
