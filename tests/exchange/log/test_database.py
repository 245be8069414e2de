"""What a failed commit leaves behind, on a disk that is really full, and after a sync that failed."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from exchange.core.layout import COMMAND_AMOUNT_MICROS
from exchange.log import database
from exchange.log.database import TRIAL_BYTES
from exchange.log.store import CommandLog
from exchange.log.terms import LOG_NAME, Durability
from tests.exchange.log.batches import batch, fill
from tests.exchange.log.limits import file_size_limit

WAL_NAME = f"{LOG_NAME}-wal"
INDEX_HEADERS_BYTES = 96
"""Two copies of the header of the WAL's index (https://www.sqlite.org/walformat.html)."""


def amounts(directory: Path) -> list[int]:
    log = CommandLog(directory, writable=False)
    try:
        return [int(row[COMMAND_AMOUNT_MICROS]) for found in log.read() for row in found.rows]
    finally:
        log.close()


def crash_image(directory: Path, copy: Path) -> Path:
    """What a new process finds after this one was killed now."""
    copy.mkdir()
    for name in (LOG_NAME, WAL_NAME):
        shutil.copy(directory / name, copy)
    return copy


@pytest.mark.parametrize(("durability", "synchronous"), [("none", 0), ("os", 1), ("fsync", 2)])
def test_a_durability_is_one_of_sqlites(
    tmp_path: Path, durability: Durability, synchronous: int
) -> None:
    log = CommandLog(tmp_path, writable=True, durability=durability)
    assert log._db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert log._db.execute("PRAGMA synchronous").fetchone() == (synchronous,)
    assert log.durability == durability
    log._db.execute("PRAGMA synchronous=EXTRA")
    assert log.durability == "fsync"
    fill(log, 3, 2)
    log.close()
    assert amounts(tmp_path) == [1, 2, 3, 4, 5]


def test_a_file_that_may_not_grow_refuses_and_nothing_of_the_batch_is_left(tmp_path: Path) -> None:
    log = CommandLog(tmp_path / "venue", writable=True)
    fill(log, 2)
    wal_bytes = (tmp_path / "venue" / WAL_NAME).stat().st_size
    with file_size_limit(wal_bytes + 10_000):
        with pytest.raises(sqlite3.OperationalError) as refusal:
            log.append(batch(3, 500))
        assert database.is_incomplete(refusal.value)
        for _ in range(3):
            with pytest.raises(sqlite3.OperationalError):
                log.settle()
        assert amounts(crash_image(tmp_path / "venue", tmp_path / "killed")) == [1, 2]
    log.settle()
    assert log.last_seq == 2
    fill(log, 500)
    assert amounts(tmp_path / "venue") == list(range(1, 503))
    log.close()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 4 MiB."""
    place = tmp_path / "disk"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(place)]
    made = subprocess.run(command, capture_output=True, text=True, check=False)
    if made.returncode:
        pytest.skip(f"a file system cannot be mounted here: {made.stderr.strip()}")
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)


def test_a_full_disk_refuses_until_there_is_room_again(small_disk: Path) -> None:
    log = CommandLog(small_disk / "venue", writable=True)
    fill(log, 2)
    ballast = small_disk / "ballast"
    room = os.statvfs(small_disk)
    ballast.write_bytes(bytes(room.f_bavail * room.f_frsize - 65_536))
    with pytest.raises(sqlite3.OperationalError, match="full") as refusal:
        log.append(batch(3, 2_000))
    assert database.is_incomplete(refusal.value)
    with pytest.raises(sqlite3.OperationalError, match="full"):
        log.settle()
    with ballast.open("r+b") as file:
        file.truncate(file.seek(0, os.SEEK_END) - TRIAL_BYTES // 2)
    # Some room is not enough: the log would fail again at the next large batch.
    with pytest.raises(sqlite3.OperationalError, match="full"):
        log.settle()
    ballast.unlink()
    log.settle()
    fill(log, 2_000)
    assert amounts(small_disk / "venue") == list(range(1, 2_003))
    log.close()


def test_what_a_failed_sync_left_never_comes_back_once_it_is_settled(tmp_path: Path) -> None:
    venue = tmp_path / "venue"
    log = CommandLog(venue, writable=True)
    fill(log, 2, 3)
    index = venue / f"{LOG_NAME}-shm"
    headers = index.read_bytes()[:INDEX_HEADERS_BYTES]
    known = log._last_seq, log._checksum
    lost = batch(6, 400)
    log.append(lost)
    # As if the sync had failed: the frames and their commit are in the file, the index ends before them.
    with index.open("r+b") as file:
        file.write(headers)
    log._last_seq, log._checksum = known
    assert log._tip()[0] == 5
    assert len(amounts(crash_image(venue, tmp_path / "ghost"))) == 405
    assert log.settle(lost) is False
    assert log.last_seq == 5
    assert amounts(crash_image(venue, tmp_path / "settled")) == [1, 2, 3, 4, 5]
    fill(log, 1)
    assert amounts(crash_image(venue, tmp_path / "after")) == [1, 2, 3, 4, 5, 6]
    log.close()


def test_a_batch_that_came_through_is_adopted_and_written_once_more(tmp_path: Path) -> None:
    venue = tmp_path / "venue"
    log = CommandLog(venue, writable=True)
    fill(log, 2)
    known = log._last_seq, log._checksum
    log.append(batch(3, 4))
    log._last_seq, log._checksum = known
    assert log.settle(batch(3, 4)) is True
    assert log.last_seq == 6
    # It is in the file itself now, also without its write-ahead log.
    (tmp_path / "copy").mkdir()
    shutil.copy(venue / LOG_NAME, tmp_path / "copy")
    assert amounts(tmp_path / "copy") == [1, 2, 3, 4, 5, 6]
    fill(log, 1)
    log.close()
    assert amounts(venue) == [1, 2, 3, 4, 5, 6, 7]


def test_other_failures_leave_it_open() -> None:
    failed_sync = sqlite3.OperationalError("disk I/O error")
    failed_sync.sqlite_errorcode = sqlite3.SQLITE_IOERR_FSYNC
    assert not database.is_incomplete(failed_sync)
    assert not database.is_incomplete(OSError(28, "No space left on device"))


def test_a_schema_that_is_no_text_is_told_as_damage(tmp_path: Path) -> None:
    log = CommandLog(tmp_path, writable=True)
    fill(log, 1)
    log.close()
    path = tmp_path / LOG_NAME
    whole = path.read_bytes()
    place = whole.index(b"CREATE TABLE batches") + 3
    path.write_bytes(whole[:place] + bytes([whole[place] | 0x80]) + whole[place + 1 :])
    with pytest.raises(sqlite3.DatabaseError, match=r"damaged|malformed"):
        CommandLog(tmp_path, writable=True)
