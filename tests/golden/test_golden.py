"""Logs of every rules version replay for ever, and tell what their own release told of them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from exchange.core.core import RULES_VERSION
from exchange.core.snapshot import RulesVersionError
from exchange.log.store import CommandLog
from exchange.log.terms import LOG_NAME
from exchange.migration import migrate
from tests.golden.make import COMMANDS, EVERY, HERE, told

VERSIONS = sorted(int(path.name.partition("-")[2]) for path in HERE.glob("rules-*"))


def copied(version: int, directory: Path) -> Path:
    """A golden log where it may be opened: SQLite makes files beside it."""
    directory.mkdir()
    shutil.copy(HERE / f"rules-{version}" / LOG_NAME, directory)
    return directory


def expected(version: int) -> dict[str, dict[str, str]]:
    answer = json.loads((HERE / f"rules-{version}" / "told.json").read_text())
    assert answer["rules_version"] == version
    found: dict[str, dict[str, str]] = answer["told"]
    assert len(found) == COMMANDS // EVERY
    return found


def test_the_present_rules_have_a_golden_log() -> None:
    assert VERSIONS[-1] == RULES_VERSION, "make it: python -m tests.golden.make"
    for version in VERSIONS:
        size = (HERE / f"rules-{version}" / LOG_NAME).stat().st_size
        assert size < 200_000


def test_the_present_golden_log_tells_what_it_told(tmp_path: Path) -> None:
    log = CommandLog(copied(RULES_VERSION, tmp_path / "log"), writable=False)
    assert told(log) == expected(RULES_VERSION), (
        "the same log gives another history: raise RULES_VERSION, write the step in "
        "exchange/log/conversion.py, then python -m tests.golden.make"
    )
    log.close()


@pytest.mark.parametrize("version", [v for v in VERSIONS if v < RULES_VERSION])
def test_an_earlier_golden_log_is_refused_and_tells_the_same_once_migrated(
    tmp_path: Path, version: int
) -> None:
    source = copied(version, tmp_path / "old")
    before = (source / LOG_NAME).read_bytes()
    with pytest.raises(RulesVersionError, match=r"cfx migrate .* NEW_DIR"):
        CommandLog(source, writable=False)
    done = migrate(source, tmp_path / "new")
    assert (done.version, done.commands, done.broken_laws) == (version, COMMANDS, [])
    log = CommandLog(tmp_path / "new", writable=False)
    # States are laid out as their version lays them out; what happened is the same, row for row.
    found = {seq: both["events"] for seq, both in told(log).items()}
    assert found == {seq: both["events"] for seq, both in expected(version).items()}
    assert next(log.snapshots()).seq == COMMANDS
    log.close()
    assert (source / LOG_NAME).stat().st_size >= len(before)
