"""Migrating: nothing is written where it cannot be done, and what lies beside the log comes along."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

import pytest

from exchange.core.core import RULES_VERSION
from exchange.log.codec import CorruptLogError
from exchange.log.conversion import ConversionError
from exchange.log.store import CommandLog
from exchange.log.terms import LOG_NAME
from exchange.migration import last_seq, migrate, version_of
from exchange.replica import Replica, recover
from tests.golden.make import COMMANDS, HERE


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A data directory as the release of rules version 2 left it."""
    directory = tmp_path / "old"
    directory.mkdir()
    shutil.copy(HERE / "rules-2" / LOG_NAME, directory)
    (directory / "keys.json").write_text("{}")
    (directory / "statements").mkdir()
    (directory / "statements" / "day.parquet").write_bytes(b"PAR1")
    with sqlite3.connect(directory / "keys.db") as database:
        database.execute("CREATE TABLE keys (client_id TEXT)")
        database.execute("INSERT INTO keys VALUES ('alice-1')")
    return directory


def change(directory: Path, statement: str) -> None:
    with sqlite3.connect(directory / LOG_NAME) as database:
        assert database.execute(statement).rowcount > 0


def test_a_migrated_exchange_goes_on_with_its_keys_and_statements(
    old: Path, tmp_path: Path
) -> None:
    assert (version_of(old), last_seq(old)) == (2, COMMANDS)
    seen: list[int] = []
    done = migrate(old, tmp_path / "new", progress=seen.append)
    assert seen[-1] == done.commands == COMMANDS
    assert done.batches == len(seen)
    new = tmp_path / "new"
    assert version_of(new) == RULES_VERSION
    assert (new / "keys.json").read_text() == "{}"
    assert (new / "statements" / "day.parquet").read_bytes() == b"PAR1"
    with sqlite3.connect(new / "keys.db") as database:
        assert database.execute("SELECT client_id FROM keys").fetchall() == [("alice-1",)]
    log = CommandLog(new, writable=True)
    assert recover(Replica(), log).core.seq == COMMANDS
    assert recover(Replica(), log, from_start=True).core.seq == COMMANDS
    log.close()


def test_what_cannot_be_converted_says_what_reads_it(old: Path, tmp_path: Path) -> None:
    change(old, "UPDATE meta SET value = 1 WHERE key = 'rules_version'")
    with pytest.raises(ConversionError, match="the release that wrote the log reads it"):
        migrate(old, tmp_path / "new")
    change(old, f"UPDATE meta SET value = {RULES_VERSION} WHERE key = 'rules_version'")
    with pytest.raises(ConversionError, match="serve it as it is"):
        migrate(old, tmp_path / "new")
    assert not (tmp_path / "new").exists()
    with pytest.raises(FileNotFoundError):
        migrate(tmp_path / "nowhere", tmp_path / "new")


def test_files_in_the_target_are_left_alone(old: Path, tmp_path: Path) -> None:
    target = tmp_path / "new"
    target.mkdir()
    (target / "precious").write_text("mine")
    with pytest.raises(FileExistsError, match="name a new directory"):
        migrate(old, target)
    assert [path.name for path in target.iterdir()] == ["precious"]


def test_a_log_without_its_beginning_says_what_to_do(old: Path, tmp_path: Path) -> None:
    change(old, "DELETE FROM batches WHERE first_seq < (SELECT max(first_seq) FROM batches)")
    with pytest.raises(
        ConversionError, match=r"pruned and begins at seq .* Migrate a copy from before"
    ):
        migrate(old, tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_a_damaged_log_is_named_and_leaves_nothing(old: Path, tmp_path: Path) -> None:
    change(old, "UPDATE batches SET texts = X'80' WHERE first_seq > 100 AND texts != X'80'")
    with pytest.raises(CorruptLogError, match=r"at seq \d+ is damaged"):
        migrate(old, tmp_path / "new")
    assert not (tmp_path / "new").exists()
