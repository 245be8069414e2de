"""What one durable commit costs on the disk that the log is on."""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path

import numpy as np

COMMITS = 300
ROW_BYTES = 96


def commit_us(folder: Path) -> float:
    """Return the median microseconds of a SQLite commit of one command row, WAL and synchronous=FULL."""
    database = sqlite3.connect(folder / "commits.db", isolation_level=None)
    try:
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("PRAGMA synchronous=FULL")
        database.execute("CREATE TABLE batches (first_seq INTEGER PRIMARY KEY, rows BLOB)")
        taken_ns = []
        for seq in range(COMMITS):
            began_ns = time.perf_counter_ns()
            database.execute("INSERT INTO batches VALUES (?, ?)", (seq, bytes(ROW_BYTES)))
            taken_ns.append(time.perf_counter_ns() - began_ns)
    finally:
        database.close()
    return float(np.median(taken_ns)) / 1e3
