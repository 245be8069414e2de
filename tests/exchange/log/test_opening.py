"""Opening a log by its directory: durability as asked, one writer, and words for what is not there."""

from __future__ import annotations

from pathlib import Path

import pytest

from exchange.log import opening
from exchange.log.port import LogLockedError
from exchange.log.terms import Durability, is_log


@pytest.mark.parametrize("durability", ["fsync", "os", "none"])
def test_the_durability_that_is_asked_for_is_the_one_in_effect(
    tmp_path: Path, durability: Durability
) -> None:
    opened = opening.writable(tmp_path, durability)
    assert opened.writer.durability == durability
    opened.reader.close()


def test_there_is_one_writer_and_many_readers(tmp_path: Path) -> None:
    assert not is_log(tmp_path)
    with pytest.raises(FileNotFoundError, match="cfx serve"):
        opening.readable(tmp_path)
    opened = opening.writable(tmp_path)
    assert is_log(tmp_path)
    with pytest.raises(LogLockedError):
        opening.writable(tmp_path)
    first, second = opening.readable(tmp_path), opening.readable(tmp_path)
    assert (first.last_seq, second.last_seq) == (0, 0)
    for reader in (first, second, opened.reader):
        reader.close()
    opening.writable(tmp_path).reader.close()
