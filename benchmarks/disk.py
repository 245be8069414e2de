"""What one durable commit costs on the disk that the log is on."""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path

import numpy as np

COMMITS = 200
ROW_BYTES = 96


def commit_us(folder: Path) -> float:
    """Return the median microseconds of a SQLite commit of one command row, WAL and synchronous=FULL."""
    database = sqlite3.connect(folder / "disk.db", isolation_level=None)
    try:
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("PRAGMA synchronous=FULL")
        database.execute("CREATE TABLE IF NOT EXISTS batches (rows BLOB)")
        taken_ns = []
        for _ in range(COMMITS):
            began_ns = time.perf_counter_ns()
            database.execute("INSERT INTO batches VALUES (?)", (bytes(ROW_BYTES),))
            taken_ns.append(time.perf_counter_ns() - began_ns)
    finally:
        database.close()
    return float(np.median(taken_ns)) / 1e3
