"""`cfx verify`: whether log, laws and snapshots hold."""

from __future__ import annotations

from typing import Annotated

import typer

from exchange.progress import progress_bar
from exchange.terminal import DEFAULT_DATA_DIR, DataDir, explained, out


def verify(
    data_dir: DataDir = DEFAULT_DATA_DIR,
    every: Annotated[
        int, typer.Option(min=1, help="Commands between two checks of the laws.")
    ] = 1_000,
) -> None:
    """Check the log's chain, the laws along its replay, and its snapshots against it."""
    from exchange import audit  # the kernels: not for --help or a wrong option

    problems = 0
    with explained(), progress_bar("verifying", audit.last_seq(data_dir)) as bar:
        findings = list(
            audit.verify(
                data_dir,
                every=every,
                progress=lambda seq: bar.update(bar.task_ids[0], completed=seq),
            )
        )
    for finding in findings:
        problems += len(finding.problems)
        mark = "[red]no[/red] " if finding.problems else "[green]yes[/green]"
        out.print(f"{mark} {finding.check}", highlight=False, soft_wrap=True)
        for problem in finding.problems[:20]:
            out.print(f"      {problem}", markup=False, highlight=False, soft_wrap=True)
    if problems:
        raise typer.Exit(1)
