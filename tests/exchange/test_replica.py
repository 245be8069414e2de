"""Recovery gives what was lost: core, views and market, from any snapshot or from none."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from exchange.core import snapshot
from exchange.core.layout import VENUE_TRADES
from exchange.log.codec import CorruptLogError
from exchange.log.snapshots import SNAPSHOTS_NAME
from exchange.log.store import CommandLog
from exchange.replica import PublicReplica, Replica, recover, texts_by_seq
from tests.exchange import traffic

COMMANDS = 600


def depths(replica: PublicReplica) -> list[object]:
    return [
        replica.market.board(i).depth.levels(side)
        for i in range(len(replica.core.specs))
        for side in (0, 1)
    ]


def assert_equal(found: Replica, live: Replica) -> None:
    assert snapshot.digest(found.core) == snapshot.digest(live.core)
    assert found.views.snapshot() == live.views.snapshot()
    assert found.market.snapshot() == live.market.snapshot()
    assert depths(found) == depths(live)
    for account in range(len(live.core.account_names)):
        assert found.views.orders.live(account) == live.views.orders.live(account)


def logged(directory: Path, seed: int, snapshot_at: tuple[int, ...] = ()) -> Replica:
    """A live replica whose batches are in the log of a directory, which is closed."""
    live = Replica()
    log = CommandLog(directory, writable=True)
    for index, batch in enumerate(traffic.batches(seed, COMMANDS)):
        log.append(batch)
        live.apply(batch)
        if index in snapshot_at:
            log.save_snapshot(live.snapshot())
    log.close()
    assert live.core.venue[VENUE_TRADES] > 50
    return live


@pytest.mark.parametrize(
    ("seed", "snapshot_at"), [(1, ()), (2, (0,)), (3, (5, 20)), (4, (10, 60, 70)), (5, (10**6,))]
)
def test_recovery_equals_the_live_state(
    tmp_path: Path, seed: int, snapshot_at: tuple[int, ...]
) -> None:
    live = logged(tmp_path, seed, snapshot_at)
    log = CommandLog(tmp_path, writable=False)
    seen: list[int] = []
    assert_equal(recover(Replica(), log, progress=seen.append), live)
    assert seen == sorted(set(seen))
    assert seen[-1] == live.core.seq == COMMANDS
    assert_equal(recover(Replica(), log, from_start=True), live)
    public = recover(PublicReplica(), log)
    assert public.market.snapshot() == live.market.snapshot()
    log.close()


def test_every_snapshot_and_its_tail_give_the_same_replica() -> None:
    batches = traffic.batches(6, 300)
    live = Replica()
    kept = []
    for batch in batches:
        live.apply(batch)
        kept.append(live.snapshot())
    for k in range(0, len(batches), 5):
        replica = Replica()
        replica.load(kept[k])
        assert replica.snapshot() == kept[k]
        for batch in batches[k + 1 :]:
            replica.apply(batch)
        assert_equal(replica, live)
        assert replica.snapshot() == live.snapshot()


def test_a_damaged_newest_snapshot_falls_back(tmp_path: Path) -> None:
    live = logged(tmp_path, 7, (10, 40))
    log = CommandLog(tmp_path, writable=True)
    with sqlite3.connect(tmp_path / SNAPSHOTS_NAME) as database:
        database.execute(
            "UPDATE snapshots SET core = X'00' WHERE seq = (SELECT max(seq) FROM snapshots)"
        )
    assert len(list(log.snapshots())) == 1
    assert_equal(recover(Replica(), log), live)
    log.close()


def test_a_snapshot_beyond_the_log_is_not_believed(tmp_path: Path) -> None:
    logged(tmp_path, 8, (10**6, 60))
    log = CommandLog(tmp_path, writable=False)
    log._db.execute("DELETE FROM batches WHERE first_seq > 100")
    with pytest.raises(CorruptLogError, match=r"beyond the log, .* remove snapshots\.db"):
        recover(Replica(), log)
    log.close()


def test_texts_go_by_sequence_number() -> None:
    batch = traffic.batches(1, 20)[0]
    seq = int(batch.rows[0, 0])
    assert texts_by_seq(batch) == {seq + i: text for i, text in batch.texts.items()}
    assert texts_by_seq(batch._replace(texts={})) == {}
