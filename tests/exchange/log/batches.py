"""Batches of commands to log."""

from __future__ import annotations

from exchange.core.commands import Batch, Command, batch_of
from exchange.core.layout import CommandKind
from exchange.log.store import CommandLog


def batch(first_seq: int, count: int = 1, text: str = "") -> Batch:
    """Consecutive commands, told apart by their amounts."""
    commands = [
        Command(CommandKind.TRANSFER, 0, amount_micros=first_seq + i, text=text)
        for i in range(count)
    ]
    return batch_of(commands, first_seq, 1_000 + first_seq)


def fill(log: CommandLog, *sizes: int) -> None:
    """Append batches of these sizes."""
    for size in sizes:
        log.append(batch(log.last_seq + 1, size, f"text {log.last_seq}"))
