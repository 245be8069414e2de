"""Makes the golden log of the present rules: ``python -m tests.golden.make``.

A few hundred random commands of every kind through the real log, in tests/golden/rules-N/commands.db, and
beside it, in told.json, what the core told: at the first end of a batch after each hundred commands, a
SHA-256 over all event rows so far and the state's digest. Rules that were released are never made again;
those that were not yet may be, whenever the history of a log changes.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
import sys
from pathlib import Path

from exchange.core import snapshot
from exchange.core.core import RULES_VERSION, Core
from exchange.log.store import CommandLog
from exchange.log.terms import LOG_NAME
from tests.exchange import traffic

HERE = Path(__file__).parent
COMMANDS = 600
EVERY = 100
SEED = 20_261_121


def told(log: CommandLog) -> dict[str, dict[str, str]]:
    """What the core says of a log: seq -> digests of all events up to there, and of the state."""
    core, events, found, due = Core(), hashlib.sha256(), {}, EVERY
    for batch in log.read():
        events.update(core.apply(batch).tobytes())
        if core.seq >= due:
            found[str(core.seq)] = {"events": events.hexdigest(), "state": snapshot.digest(core)}
            due += EVERY
    return found


def make(directory: Path) -> None:
    """Write the log and what is told of it."""
    directory.mkdir(parents=True, exist_ok=True)
    for former in directory.iterdir():
        former.unlink()
    log = CommandLog(directory, writable=True)
    for batch in traffic.batches(SEED, COMMANDS):
        log.append(batch)
    answer = {"rules_version": RULES_VERSION, "seed": SEED, "told": told(log)}
    log.close()
    with sqlite3.connect(directory / LOG_NAME, isolation_level=None) as database:
        # One file, without pages that are empty.
        database.execute("PRAGMA journal_mode=DELETE")
        database.execute("VACUUM")
    (directory / "told.json").write_text(json.dumps(answer, indent=1) + "\n")
    for beside in directory.iterdir():
        if beside.name not in (LOG_NAME, "told.json"):
            beside.unlink()


if __name__ == "__main__":
    make(HERE / f"rules-{RULES_VERSION}")
    sys.stdout.write(f"made {HERE / f'rules-{RULES_VERSION}'}\n")
