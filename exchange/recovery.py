"""Recovery on two processors: accounts' views here, the public market in a process of its own.

Both follow from the same commands and not from each other, so each process applies the log to a core of
its own and builds one of them; at the end the market is handed over as a snapshot's is. Run as
``python -m exchange.recovery DATA_DIR SEQ`` the module is that process: it writes the market after SEQ to
standard output. Reasons and figures: docs/decisions/0031-snapshots-and-recovery.md.
"""

from __future__ import annotations

import argparse
import logging
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from exchange.log import opening
from exchange.log.port import LogReader
from exchange.replica import PublicReplica, Replica, recover

logger = logging.getLogger(__name__)

WORTH_COMMANDS = 200_000
"""Commands of a tail from which on a second process is worth its start."""
HAND_OVER_S = 600.0
Progress = Callable[[int], None]


def recover_all(
    log: LogReader,
    directory: Path,
    *,
    from_start: bool = False,
    worth_commands: int = WORTH_COMMANDS,
    progress: Progress = lambda seq: None,
) -> Replica:
    """Bring a new replica to the end of a data directory's log, on two processors where that is quicker.

    Nothing may write the log meanwhile. Otherwise as `replica.recover`, which is what happens where there
    is one processor, a short tail, or the other process fails.
    """
    saved = next(iter(log.snapshots()), None) if not from_start else None
    tail = log.last_seq - (saved.seq if saved is not None else 0)
    if tail < worth_commands or (os.cpu_count() or 1) < 2:
        return recover(Replica(), log, from_start=from_start, saved=saved, progress=progress)
    child = _start(directory, log.last_seq, from_start=from_start)
    try:
        replica = recover(
            Replica(), log, from_start=from_start, saved=saved, progress=progress, market=False
        )
        market, _ = child.communicate(timeout=HAND_OVER_S)
    finally:
        if child.poll() is None:
            child.kill()
            child.wait()
    if child.returncode:
        logger.warning("the market was not recovered beside the views; recovering both here")
        return recover(Replica(), log, from_start=from_start, saved=saved, progress=progress)
    replica.adopt(market)
    return replica


def _start(directory: Path, seq: int, *, from_start: bool) -> subprocess.Popen[bytes]:
    options = ["--from-start"] if from_start else []
    return subprocess.Popen(
        [sys.executable, "-m", "exchange.recovery", str(directory), str(seq), *options],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        # Ctrl-C reaches the whole terminal group; whoever started this one ends it.
        start_new_session=True,
    )


def market_after(directory: Path, seq: int, *, from_start: bool = False) -> bytes:
    """Return the public market after a batch's end, as a snapshot has it."""
    log = opening.readable(directory)
    try:
        replica = recover(PublicReplica(), log, from_start=from_start, until_seq=seq)
    finally:
        log.close()
    return replica.market.snapshot()


def main() -> None:
    """Write the market to standard output."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("directory", type=Path)
    parser.add_argument("seq", type=int)
    parser.add_argument("--from-start", action="store_true")
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    market = market_after(arguments.directory, arguments.seq, from_start=arguments.from_start)
    sys.stdout.buffer.write(market)


if __name__ == "__main__":
    main()
