"""Whether there is a log is known without opening one."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

from exchange.config import Settings
from exchange.log.store import CommandLog
from exchange.log.terms import SNAPSHOTS_KEPT, Durability, is_log


def test_a_directory_is_one_of_a_log_once_it_was_written(tmp_path: Path) -> None:
    assert not is_log(tmp_path)
    assert not list(tmp_path.iterdir())
    CommandLog(tmp_path, writable=True).close()
    assert is_log(tmp_path)


def test_settings_keep_a_log_on_these_terms(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    assert settings.durability in get_args(Durability)
    assert settings.snapshots_kept == SNAPSHOTS_KEPT
