"""The high-water mark tells of a log that lost its end, and never of one that did not."""

from __future__ import annotations

import errno
import os
import shutil
from pathlib import Path

import pytest

from exchange.log import watermark
from exchange.log.store import CommandLog, LogCutError
from exchange.log.terms import LOG_NAME
from exchange.log.watermark import MARK_NAME, HighWaterMark, Mark
from tests.exchange.log.batches import fill


def test_the_mark_is_the_last_batch_that_was_noted(tmp_path: Path) -> None:
    assert watermark.read(tmp_path) == Mark(0, 0)
    mark = HighWaterMark(tmp_path)
    assert watermark.read(tmp_path) == Mark(0, 0)
    for seq in (1, 5, 2**40):
        mark.note(seq, 4_000_000_000 + seq % 7)
        assert watermark.read(tmp_path) == Mark(seq, 4_000_000_000 + seq % 7)
    mark.close()
    assert watermark.read(tmp_path).seq == 2**40


def test_each_damaged_byte_leaves_the_note_before_or_none(tmp_path: Path) -> None:
    mark = HighWaterMark(tmp_path)
    mark.note(7, 70)
    mark.note(9, 90)
    mark.close()
    path = tmp_path / MARK_NAME
    whole = path.read_bytes()
    found = set()
    for place in range(len(whole)):
        for bit in range(8):
            path.write_bytes(whole[:place] + bytes([whole[place] ^ 1 << bit]) + whole[place + 1 :])
            found.add(watermark.read(tmp_path))
    assert found == {Mark(9, 90), Mark(7, 70)}
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        assert watermark.read(tmp_path) in {Mark(9, 90), Mark(7, 70), Mark(0, 0)}


def test_a_log_goes_on_when_its_mark_cannot_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    log = CommandLog(tmp_path, writable=True)
    fill(log, 2)

    def full(*_: object) -> int:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    with monkeypatch.context() as patch:
        patch.setattr(os, "pwrite", full)
        fill(log, 1, 1, 1)
    assert [record.levelname for record in caplog.records] == ["ERROR"]
    assert "Input/output error" in caplog.text
    assert watermark.read(tmp_path).seq == 2
    log.close()
    again = CommandLog(tmp_path, writable=True)
    assert again.last_seq == 5
    # What was found may still be unsynced: only a commit says what is durable.
    assert watermark.read(tmp_path).seq == 2
    fill(again, 1)
    assert watermark.read(tmp_path).seq == 6
    again.close()


def image(directory: Path, copy: Path) -> None:
    """Copy a log as a crash leaves it."""
    copy.mkdir()
    for path in directory.iterdir():
        shutil.copy(path, copy)


def test_a_log_without_its_write_ahead_log_is_refused(tmp_path: Path) -> None:
    log = CommandLog(tmp_path / "venue", writable=True)
    fill(log, 2, 1, 3)
    image(tmp_path / "venue", tmp_path / "copy")
    log.close()
    copy = tmp_path / "copy"
    (copy / f"{LOG_NAME}-wal").unlink()
    (copy / f"{LOG_NAME}-shm").unlink()
    shutil.copy(tmp_path / "venue" / LOG_NAME, tmp_path / "whole.db")
    alone = (copy / LOG_NAME).read_bytes()
    # What SQLite makes of the main file alone: an empty database, sound as such.
    for writable in (False, True, False):
        with pytest.raises(LogCutError, match=r"durable at seq 6: put commands\.db") as refusal:
            CommandLog(copy, writable=writable)
        assert MARK_NAME in str(refusal.value)
    assert (copy / LOG_NAME).read_bytes() == alone, "what may be put back together is not touched"
    shutil.copy(tmp_path / "whole.db", copy / LOG_NAME)
    for path in copy.glob(f"{LOG_NAME}-*"):
        path.unlink()
    back = CommandLog(copy, writable=True)
    assert back.last_seq == 6
    back.close()


def test_an_older_copy_and_another_history_are_refused_until_the_mark_is_removed(
    tmp_path: Path,
) -> None:
    log = CommandLog(tmp_path / "venue", writable=True)
    fill(log, 2, 1)
    log.close()
    shutil.copytree(tmp_path / "venue", tmp_path / "older")
    log = CommandLog(tmp_path / "venue", writable=True)
    fill(log, 4)
    log.close()
    shutil.copy(tmp_path / "older" / LOG_NAME, tmp_path / "venue" / LOG_NAME)
    with pytest.raises(
        LogCutError, match="ends at seq 3 and does not hold what was durable at seq 7"
    ):
        CommandLog(tmp_path / "venue", writable=True)
    # As long as the lost one, and with other commands.
    other = CommandLog(tmp_path / "older", writable=True)
    fill(other, 1, 1, 1, 1)
    other.close()
    shutil.copy(tmp_path / "older" / LOG_NAME, tmp_path / "venue" / LOG_NAME)
    with pytest.raises(LogCutError, match="seq 7"):
        CommandLog(tmp_path / "venue", writable=True)
    (tmp_path / "venue" / MARK_NAME).unlink()
    accepted = CommandLog(tmp_path / "venue", writable=True)
    assert accepted.last_seq == 7
    accepted.close()


def test_a_log_that_is_not_synced_keeps_no_mark(tmp_path: Path) -> None:
    log = CommandLog(tmp_path, writable=True)
    fill(log, 2)
    log.close()
    log = CommandLog(tmp_path, writable=True, durability="os")
    fill(log, 1)
    log.close()
    assert watermark.read(tmp_path).seq == 2
