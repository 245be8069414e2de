"""What benchmarks print on: a console that is wide enough where it is a file, and tables of figures."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table


def wide_console(width: int = 120) -> Console:
    """Return a console; width: its columns where the output is no terminal."""
    return Console(width=None if sys.stdout.isatty() else width)


def table_of(title: str, words: Sequence[str], numbers: Sequence[str]) -> Table:
    """Return a table without rows: columns of words, then of numbers, which end on the right."""
    shown = Table(title=title, box=None, title_justify="left")
    for heading in words:
        shown.add_column(heading)
    for heading in numbers:
        shown.add_column(heading, justify="right")
    return shown
