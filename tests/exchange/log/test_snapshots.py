"""Snapshots beside the log: the newest are kept, a damaged one is passed over, a full disk leaves the rest."""

from __future__ import annotations

import resource
import sqlite3
from pathlib import Path

import pytest

from exchange.log.port import Snapshot
from exchange.log.snapshots import SNAPSHOTS_NAME, SnapshotStore
from exchange.log.terms import SNAPSHOTS_KEPT
from tests.exchange.log.limits import file_size_limit


def saved(seq: int) -> Snapshot:
    return Snapshot(seq, b"core %d" % seq, b"views", b"market")


def test_the_newest_are_kept_newest_first(tmp_path: Path) -> None:
    store = SnapshotStore(tmp_path)
    assert store.seqs() == []
    assert list(store.newest_first()) == []
    assert not (tmp_path / SNAPSHOTS_NAME).exists()
    for seq in (10, 20, 30):
        store.save(saved(seq))
    SnapshotStore(tmp_path).save(saved(30))
    assert SNAPSHOTS_KEPT == 2
    assert store.seqs() == [30, 20]
    assert list(store.newest_first()) == [saved(30), saved(20)]
    SnapshotStore(tmp_path, kept=4).save(saved(40))
    assert store.seqs() == [40, 30, 20]
    with pytest.raises(ValueError, match="keep one at least"):
        SnapshotStore(tmp_path, kept=0)


@pytest.mark.parametrize("column", ["core", "views", "market", "checksum"])
def test_a_damaged_snapshot_is_passed_over(tmp_path: Path, column: str) -> None:
    store = SnapshotStore(tmp_path)
    store.save(saved(10))
    store.save(saved(20))
    value = "1" if column == "checksum" else "X'00'"
    with sqlite3.connect(store.path) as database:
        database.execute(f"UPDATE snapshots SET {column} = {value} WHERE seq = 20")
    assert list(store.newest_first()) == [saved(10)]


def test_a_snapshot_that_does_not_fit_leaves_the_former_ones(tmp_path: Path) -> None:
    store = SnapshotStore(tmp_path)
    store.save(saved(10))
    store.save(saved(20))
    with file_size_limit(store.path.stat().st_size + 4096), pytest.raises(sqlite3.Error):
        store.save(Snapshot(30, bytes(1 << 20), b"", b""))
    assert list(store.newest_first()) == [saved(20), saved(10)]
    store.save(saved(40))
    assert store.seqs() == [40, 20]
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] == resource.RLIM_INFINITY


@pytest.mark.parametrize("place", [0, 18, 60, 4_096 + 3])
def test_a_file_that_is_none_is_passed_over_and_made_anew(tmp_path: Path, place: int) -> None:
    store = SnapshotStore(tmp_path)
    store.save(saved(10))
    whole = store.path.read_bytes()
    store.path.write_bytes(whole[:place] + bytes([whole[place] ^ 0xFF] * 2) + whole[place + 2 :])
    assert list(store.newest_first()) in ([], [saved(10)])
    store.path.write_bytes(b"no database at all" * 1_000)
    assert list(store.newest_first()) == []
    store.save(saved(20))
    assert list(store.newest_first()) == [saved(20)]


def test_a_row_that_lacks_a_part_is_passed_over(tmp_path: Path) -> None:
    store = SnapshotStore(tmp_path)
    store.save(saved(10))
    database = sqlite3.connect(store.path)
    database.executescript(
        "CREATE TABLE loose AS SELECT * FROM snapshots; DROP TABLE snapshots;"
        "ALTER TABLE loose RENAME TO snapshots;"
        "INSERT INTO snapshots VALUES (20, NULL, NULL, NULL, 0)"
    )
    database.close()
    assert list(store.newest_first()) == [saved(10)]
