"""Pruning leaves what recovery needs, to the byte, and removes nothing where that is in doubt."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from exchange import audit
from exchange.core import snapshot
from exchange.log.retention import NothingToPruneError, prune
from exchange.log.snapshots import SnapshotStore
from exchange.log.store import CommandLog, LogPrunedError
from exchange.replica import Replica, recover
from tests.exchange import traffic


def logged(directory: Path, snapshots_at: tuple[int, ...]) -> Replica:
    live = Replica()
    log = CommandLog(directory, writable=True)
    for index, batch in enumerate(traffic.batches(21, 400)):
        log.append(batch)
        live.apply(batch)
        if index in snapshots_at:
            log.save_snapshot(live.snapshot())
    log.close()
    return live


def test_recovery_is_the_same_from_each_kept_snapshot(tmp_path: Path) -> None:
    live = logged(tmp_path, (5, 20, 40))
    newest, oldest = SnapshotStore(tmp_path).seqs()
    writer = CommandLog(tmp_path, writable=True)
    done = prune(tmp_path)
    # The batch that ends with the oldest snapshot is the one that the chain goes on from.
    assert done.first_seq <= oldest < newest
    assert done.commands == done.first_seq - 1 > 0
    assert writer.first_seq == done.first_seq
    assert writer.ends_at(oldest)
    assert snapshot.digest(recover(Replica(), writer).core) == snapshot.digest(live.core)
    SnapshotStore(tmp_path).withdraw(newest)
    assert snapshot.digest(recover(Replica(), writer).core) == snapshot.digest(live.core)
    with pytest.raises(LogPrunedError, match=f"begins at seq {done.first_seq}"):
        recover(Replica(), writer, from_start=True)
    with pytest.raises(LogPrunedError):
        audit.replay(tmp_path)
    writer.close()
    assert prune(tmp_path).batches == 0
    found = list(audit.verify(tmp_path, every=50))
    assert [finding.problems for finding in found] == [[]] * len(found)


def test_without_a_snapshot_or_with_a_damaged_one_everything_stays(tmp_path: Path) -> None:
    logged(tmp_path, ())
    with pytest.raises(NothingToPruneError, match="cfx log snapshot"):
        prune(tmp_path)
    log = CommandLog(tmp_path, writable=False)
    live = recover(Replica(), log)
    SnapshotStore(tmp_path).save(live.snapshot())
    SnapshotStore(tmp_path).save(live.snapshot()._replace(seq=live.core.seq - 1))
    if not log.ends_at(live.core.seq - 1):
        with pytest.raises(NothingToPruneError, match="no batch of the log ends"):
            prune(tmp_path)
    with sqlite3.connect(SnapshotStore(tmp_path).path) as database:
        database.execute("UPDATE snapshots SET views = X'00' WHERE seq != ?", (live.core.seq,))
    with pytest.raises(NothingToPruneError, match="is damaged"):
        prune(tmp_path)
    assert recover(Replica(), log, from_start=True).core.seq == live.core.seq
    log.close()
