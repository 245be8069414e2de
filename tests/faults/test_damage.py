"""The log's files cut at every byte and with bits turned over: all of it is there, or the start refuses.

Never another history, and never a shorter one, as long as the high-water mark lies beside the log; without
the mark a history may end early, which the file alone cannot tell (docs/faults.md says what can).
"""

from __future__ import annotations

import secrets
import shutil
import sqlite3
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from exchange.core import snapshot
from exchange.core.layout import COMMAND_AMOUNT_MICROS
from exchange.core.snapshot import RulesVersionError
from exchange.log.codec import CorruptLogError
from exchange.log.snapshots import SNAPSHOTS_NAME
from exchange.log.store import CommandLog
from exchange.log.terms import LOG_NAME
from exchange.log.watermark import MARK_NAME
from exchange.replica import Replica, recover
from tests.exchange.log.batches import fill
from tests.faults.lives import Driver, History
from tests.faults.tally import LONG, Tally, chosen, shown

pytestmark = pytest.mark.timeout(3_600 if LONG else 240)

WAL_NAME = f"{LOG_NAME}-wal"
PAGE = 4_096
WHOLE = list(range(1, 49))
SEED = secrets.randbelow(2**31)

REFUSALS = (CorruptLogError, RulesVersionError, FileNotFoundError, sqlite3.Error)
"""What a start answers instead of going on; CorruptLogError includes LogCutError."""


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A log as a crash leaves it: some commits in the database, the later ones in the write-ahead log."""
    venue = tmp_path_factory.mktemp("image") / "venue"
    log = CommandLog(venue, writable=True)
    fill(log, *[2, 3, 1] * 6)
    log.close()
    log = CommandLog(venue, writable=True)
    fill(log, *[1, 2] * 4)
    copy = venue.parent / "image"
    shutil.copytree(venue, copy)
    log.close()
    assert log_of(venue) == WHOLE
    assert (copy / LOG_NAME).stat().st_size > 2 * PAGE
    assert (copy / WAL_NAME).stat().st_size > 2 * PAGE
    return copy


def log_of(directory: Path) -> list[int]:
    """What the commands of a log say, each its own number; raises one of REFUSALS."""
    log = CommandLog(directory, writable=True)
    try:
        return [int(row[COMMAND_AMOUNT_MICROS]) for batch in log.read() for row in batch.rows]
    finally:
        log.close()


def damaged(image: Path, folder: Path, name: str, change: Callable[[bytes], bytes]) -> Path:
    """Return a copy of an image with one file changed."""
    copy = folder / "damaged"
    if copy.exists():
        shutil.rmtree(copy)
    copy.mkdir()
    for path in image.iterdir():
        # The index of the write-ahead log is made anew by whoever opens it after a crash.
        if not path.name.endswith("-shm"):
            shutil.copyfile(path, copy / path.name)
    (copy / name).write_bytes(change((image / name).read_bytes()))
    return copy


def turned(place: int, bit: int) -> Callable[[bytes], bytes]:
    return lambda whole: whole[:place] + bytes([whole[place] ^ 1 << bit]) + whole[place + 1 :]


def is_whole_or_refused(directory: Path) -> bool:
    """Open a damaged log; return whether it is all there, False where the start refuses."""
    try:
        found = log_of(directory)
    except REFUSALS:
        return False
    assert found == WHOLE, "another history"
    return True


@pytest.mark.parametrize("name", [LOG_NAME, WAL_NAME])
def test_cut_at_every_byte_of_its_last_pages(
    image: Path, tmp_path: Path, tally: Tally, name: str
) -> None:
    length = (image / name).stat().st_size
    cuts = range(max(0, length - 2 * PAGE), length)
    refused = 0
    for cut in shown(chosen(cuts, 80), f"{name} cut"):
        with tally(f"{name} cut off") as attempt:
            copy = damaged(image, tmp_path, name, lambda content, cut=cut: content[:cut])
            attempt.refused = not is_whole_or_refused(copy)
            refused += attempt.refused
    assert refused > 0


@pytest.mark.parametrize("name", [LOG_NAME, WAL_NAME, MARK_NAME])
def test_bits_turned_over(image: Path, tmp_path: Path, tally: Tally, name: str) -> None:
    sys.stdout.write(f"repeat: SEED = {SEED} in {__file__}\n")
    length = (image / name).stat().st_size
    bits = np.random.default_rng(SEED).integers(0, 8, length)
    survived = 0
    # The mark is a line; of the others, which are pages of rows, each seventh byte.
    places = chosen(range(0, length, 1 if name == MARK_NAME else 7), 80)
    for place in shown(places, f"{name} bits"):
        with tally(f"bit of {name} turned over") as attempt:
            copy = damaged(image, tmp_path, name, turned(place, int(bits[place])))
            attempt.refused = not is_whole_or_refused(copy)
            survived += not attempt.refused
    if name == MARK_NAME:
        # It can only be behind.
        assert survived == len(places)
    elif name == WAL_NAME:
        # Each of its bytes is under a checksum, and each frame after the bad one is lost with it.
        assert survived == 0
    else:
        assert 0 < survived < len(places)


def test_without_its_mark_a_log_may_end_early_and_never_otherwise(
    image: Path, tmp_path: Path, tally: Tally
) -> None:
    """What the mark is for: the same cuts, unnoticed."""
    length = (image / WAL_NAME).stat().st_size
    lengths = set()
    cuts = [*range(0, length - PAGE, 61), *range(length - PAGE, length)]
    for cut in shown(chosen(cuts, 60), "cuts without a mark"):
        with tally("commands.db-wal cut off, no mark: a true beginning"):
            copy = damaged(image, tmp_path, WAL_NAME, lambda content, cut=cut: content[:cut])
            (copy / MARK_NAME).unlink()
            found = log_of(copy)
            assert found == WHOLE[: len(found)]
            lengths.add(len(found))
    assert min(lengths) < max(lengths)


def test_damaged_snapshots_cost_time_and_nothing_else(
    driver: Driver, tmp_path: Path, tally: Tally
) -> None:
    history = History(tmp_path / "venue", orders=40)
    history.add(driver.live(history.plan(step=("durable, not applied", 14))))
    digest = snapshot.digest(history.check())
    image = tmp_path / "image"
    shutil.copytree(history.directory, image)
    length = (image / SNAPSHOTS_NAME).stat().st_size
    bits = np.random.default_rng(SEED).integers(0, 8, length)
    # Recovery takes most of such an attempt: all bytes of the last page, and each 61st before it.
    every = sorted({*range(0, length, 61), *range(length - PAGE, length)})
    for place in shown([*range(0, 100, 9), *chosen(every, 20)], "snapshots"):
        with tally(f"bit of {SNAPSHOTS_NAME} turned over"):
            copy = damaged(image, tmp_path, SNAPSHOTS_NAME, turned(place, int(bits[place])))
            log = CommandLog(copy, writable=True)
            assert snapshot.digest(recover(Replica(), log).core) == digest
            log.close()
    for cut in shown(chosen(every, 12), "snapshots cut"):
        with tally(f"{SNAPSHOTS_NAME} cut off"):
            copy = damaged(image, tmp_path, SNAPSHOTS_NAME, lambda content, cut=cut: content[:cut])
            log = CommandLog(copy, writable=True)
            assert snapshot.digest(recover(Replica(), log).core) == digest
            log.close()
