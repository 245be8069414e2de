"""Snapshots taken from the log alone: the state there, once, and none that restores to another."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from exchange import snapshotting
from exchange.core import snapshot
from exchange.log.snapshots import SnapshotStore
from exchange.log.store import CommandLog
from exchange.replica import Replica
from exchange.snapshotting import SnapshotError, take
from tests.exchange import traffic


def logged(directory: Path) -> Replica:
    live = Replica()
    log = CommandLog(directory, writable=True)
    for batch in traffic.batches(11, 300):
        log.append(batch)
        live.apply(batch)
    log.close()
    return live


def test_what_is_taken_is_the_state_at_the_logs_end(tmp_path: Path) -> None:
    live = logged(tmp_path)
    taken = take(tmp_path)
    assert (taken.seq, taken.digest) == (live.core.seq, snapshot.digest(live.core))
    (kept,) = SnapshotStore(tmp_path).newest_first()
    assert kept == live.snapshot()
    assert taken.bytes == len(kept.core) + len(kept.views) + len(kept.market)
    again = take(tmp_path)
    assert (again.seq, again.digest) == (taken.seq, taken.digest)
    assert SnapshotStore(tmp_path).seqs() == [taken.seq]


def test_a_snapshot_that_restores_to_another_state_is_withdrawn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    logged(tmp_path)
    monkeypatch.setattr(snapshotting.snapshot, "restore", lambda raw: Replica().core, raising=True)
    with pytest.raises(SnapshotError, match="another state"):
        take(tmp_path)
    assert SnapshotStore(tmp_path).seqs() == []


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has processes that run when idle")
def test_the_process_gives_way_to_all_others() -> None:
    code = "import os; from exchange import snapshotting; snapshotting.give_way(); "
    code += "print(os.sched_getscheduler(0) == os.SCHED_IDLE)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.strip() == "True"
