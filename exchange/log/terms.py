"""On what terms a log is kept: under which name, how durable, with how many snapshots.

What only asks for these, as most commands do, opens no log and needs nothing that one is made of.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

LOG_NAME = "commands.db"
"""Of the file in a data directory."""
SNAPSHOTS_KEPT = 2

Durability = Literal["fsync", "os", "none"]
"""What an acknowledged command survives: the machine's end, the process's end, or neither."""


def is_log(directory: Path) -> bool:
    """Say whether there is a log in a data directory."""
    return (directory / LOG_NAME).exists()
