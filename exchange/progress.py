"""A bar on the terminal for work on many commands."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from exchange.terminal import err


@contextmanager
def progress_bar(task: str, total: int) -> Iterator[Progress]:
    """Show a bar for work on ``total`` commands."""
    columns = (TextColumn(task), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=err, transient=True) as bar:
        bar.add_task(task, total=total)
        yield bar
