"""Recovery on two processors ends where recovery on one does, and does without the second where it must."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from exchange import recovery
from exchange.core import snapshot
from exchange.log.store import CommandLog
from exchange.recovery import market_after, recover_all
from exchange.replica import PublicReplica, Replica, recover
from tests.exchange import traffic
from tests.exchange.test_replica import assert_equal


def logged(directory: Path, snapshot_at: int | None) -> Replica:
    live = Replica()
    log = CommandLog(directory, writable=True)
    for index, batch in enumerate(traffic.batches(31, 500)):
        log.append(batch)
        live.apply(batch)
        if index == snapshot_at:
            log.save_snapshot(live.snapshot())
    log.close()
    return live


@pytest.mark.parametrize(("snapshot_at", "from_start"), [(None, False), (20, False), (20, True)])
def test_both_ways_end_alike(tmp_path: Path, snapshot_at: int | None, from_start: bool) -> None:
    live = logged(tmp_path, snapshot_at)
    log = CommandLog(tmp_path, writable=True)
    seen: list[int] = []
    found = recover_all(
        log, tmp_path, from_start=from_start, worth_commands=1, progress=seen.append
    )
    assert_equal(found, live)
    assert found.snapshot() == live.snapshot()
    assert seen == sorted(set(seen))
    assert seen[-1] == live.core.seq
    log.close()


def test_where_the_other_process_fails_both_are_recovered_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    live = logged(tmp_path, None)

    def failing(*_: object, **__: object) -> subprocess.Popen[bytes]:
        return subprocess.Popen([sys.executable, "-c", "raise SystemExit(3)"], stdout=-1)

    monkeypatch.setattr(recovery, "_start", failing)
    log = CommandLog(tmp_path, writable=True)
    assert_equal(recover_all(log, tmp_path, worth_commands=1), live)
    assert "recovering both here" in caplog.text
    log.close()


def test_a_short_tail_or_one_processor_starts_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    live = logged(tmp_path, 20)
    monkeypatch.setattr(recovery, "_start", None)
    log = CommandLog(tmp_path, writable=True)
    assert_equal(recover_all(log, tmp_path), live)
    monkeypatch.setattr(recovery.os, "cpu_count", lambda: 1)
    assert_equal(recover_all(log, tmp_path, worth_commands=1), live)
    log.close()


def test_the_newest_snapshot_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    live = logged(tmp_path, 20)
    log = CommandLog(tmp_path, writable=True)
    asked: list[str] = []
    monkeypatch.setattr(log, "snapshots", lambda: asked.append("snapshots") or read())
    read = CommandLog(tmp_path, writable=False).snapshots
    for worth_commands in (1, 1_000_000):
        assert_equal(recover_all(log, tmp_path, worth_commands=worth_commands), live)
    assert len(asked) == 2
    log.close()


def test_the_market_of_an_earlier_moment(tmp_path: Path) -> None:
    logged(tmp_path, None)
    log = CommandLog(tmp_path, writable=False)
    earlier = PublicReplica()
    for batch in log.read(limit=30):
        earlier.apply(batch)
    assert market_after(tmp_path, earlier.core.seq) == earlier.market.snapshot()
    half = recover(Replica(), log, until_seq=earlier.core.seq)
    assert snapshot.digest(half.core) == snapshot.digest(earlier.core)
    log.close()
