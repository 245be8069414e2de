"""The log on disk: durable, chained, one writer, readers beside it, and what damage looks like."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from exchange.core.core import RULES_VERSION
from exchange.core.layout import COMMAND_AMOUNT_MICROS
from exchange.core.snapshot import RulesVersionError
from exchange.log import codec
from exchange.log.codec import CorruptLogError
from exchange.log.port import LogLockedError
from exchange.log.store import CommandLog
from exchange.log.terms import LOG_NAME
from tests.exchange.log.batches import batch, fill

TIMEOUT_S = 60


def writable(directory: Path) -> CommandLog:
    return CommandLog(directory, writable=True)


def amounts(log: CommandLog, after_seq: int = 0) -> list[int]:
    """What the commands of the log say: their own sequence numbers."""
    return [int(row[COMMAND_AMOUNT_MICROS]) for found in log.read(after_seq) for row in found.rows]


def edit(directory: Path, *statements: str) -> None:
    """Damage a closed log with SQL."""
    database = sqlite3.connect(directory / LOG_NAME)
    for statement in statements:
        assert database.execute(statement).rowcount > 0, statement
    database.commit()
    database.close()


def test_the_checksum_of_every_batch_is_known(tmp_path: Path) -> None:
    log = writable(tmp_path)
    fill(log, 2, 3)
    first = codec.chained(0, *codec.encode(batch(1, 2, "text 0")))
    assert [log.checksum_at(seq) for seq in (0, 2)] == [0, first]
    assert log.checksum_at(5) == codec.chained(first, *codec.encode(batch(3, 3, "text 2")))
    for seq in (1, 3, 6):
        with pytest.raises(CorruptLogError, match=f"ends at seq {seq}"):
            log.checksum_at(seq)
    log.close()


def test_what_was_appended_is_read_back(tmp_path: Path) -> None:
    log = writable(tmp_path / "new" / "folder")
    assert log.last_seq == 0
    assert list(log.read()) == []
    fill(log, 1, 3, 2)
    assert log.last_seq == 6
    log.close()
    again = writable(tmp_path / "new" / "folder")
    assert again.last_seq == 6
    assert amounts(again) == [1, 2, 3, 4, 5, 6]
    assert amounts(again, 4) == [5, 6]
    assert amounts(again, 6) == []
    assert [len(found.rows) for found in again.read(limit=2)] == [1, 3]
    assert [found.texts[0] for found in again.read()] == ["text 0", "text 1", "text 4"]
    fill(again, 1)
    assert amounts(again, 6) == [7]
    again.close()


def test_the_settings_make_a_commit_durable(tmp_path: Path) -> None:
    log = writable(tmp_path)
    assert log._db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert log._db.execute("PRAGMA synchronous").fetchone() == (2,)  # FULL
    log.close()


@pytest.mark.parametrize("first_seq", [1, 3, 5])
def test_a_batch_that_does_not_continue_is_refused(tmp_path: Path, first_seq: int) -> None:
    log = writable(tmp_path)
    fill(log, 3)
    if first_seq != 4:
        with pytest.raises(ValueError, match="the log ends at 3"):
            log.append(batch(first_seq))
    assert amounts(log) == [1, 2, 3]
    fill(log, 1)
    log.close()


def test_reading_from_inside_a_batch_is_refused(tmp_path: Path) -> None:
    log = writable(tmp_path)
    fill(log, 3, 3)
    for after_seq in (2, 4, 7):
        with pytest.raises(CorruptLogError, match="no batch of the log ends"):
            list(log.read(after_seq))
    log.close()


DAMAGE = {
    "rows": ["UPDATE batches SET rows = CAST(zeroblob(96) AS BLOB) WHERE first_seq = 3"],
    "one bit": [
        "UPDATE batches SET rows = CAST(substr(rows, 1, 88) || X'04' || substr(rows, 90) AS BLOB)"
        " WHERE first_seq = 3"
    ],
    "texts": ["UPDATE batches SET texts = X'80' WHERE first_seq = 3"],
    "checksum": ["UPDATE batches SET checksum = checksum + 1 WHERE first_seq = 3"],
    "count": ["UPDATE batches SET count = 2 WHERE first_seq = 3"],
    "missing": ["DELETE FROM batches WHERE first_seq = 3"],
    "swapped": [
        "UPDATE batches SET first_seq = 100 WHERE first_seq = 3",
        "UPDATE batches SET first_seq = 3 WHERE first_seq = 4",
        "UPDATE batches SET first_seq = 4 WHERE first_seq = 100",
    ],
    "doubled": [
        "UPDATE batches SET rows = (SELECT rows FROM batches WHERE first_seq = 2) "
        "WHERE first_seq = 3"
    ],
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_damage_is_found_and_what_is_before_it_is_read(tmp_path: Path, damage: str) -> None:
    log = writable(tmp_path)
    fill(log, 1, 1, 1, 1, 1)
    log.close()
    edit(tmp_path, *DAMAGE[damage])
    log = writable(tmp_path)
    batches = log.read()
    assert [int(next(batches).rows[0, COMMAND_AMOUNT_MICROS]) for _ in range(2)] == [1, 2]
    with pytest.raises(CorruptLogError, match=r"at seq [34]"):
        next(batches)
    log.close()


def test_a_log_of_other_rules_is_refused_and_left_unlocked(tmp_path: Path) -> None:
    writable(tmp_path).close()
    edit(tmp_path, f"UPDATE meta SET value = {RULES_VERSION + 1} WHERE key = 'rules_version'")
    for wanted in (True, False, True):
        with pytest.raises(RulesVersionError, match=r"cfx migrate .* NEW_DIR"):
            CommandLog(tmp_path, writable=wanted)
    edit(tmp_path, f"UPDATE meta SET value = {RULES_VERSION} WHERE key = 'rules_version'")
    writable(tmp_path).close()


def test_a_reader_of_nothing_is_told_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="cfx serve"):
        CommandLog(tmp_path, writable=False)


OPEN = """
import sys
from pathlib import Path
from exchange.log.port import LogLockedError
from exchange.log.store import CommandLog
try:
    log = CommandLog(Path(sys.argv[1]), writable=True)
except LogLockedError as error:
    print("locked:", error)
else:
    print("open at", log.last_seq)
"""


def opened_elsewhere(directory: Path, checkout: Path) -> str:
    outcome = subprocess.run(
        [sys.executable, "-c", OPEN, str(directory)],
        cwd=checkout,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=True,
    )
    return outcome.stdout


def test_there_is_one_writer(tmp_path: Path, checkout: Path) -> None:
    log = writable(tmp_path)
    fill(log, 2)
    with pytest.raises(LogLockedError, match="in use by another exchange"):
        writable(tmp_path)
    assert opened_elsewhere(tmp_path, checkout).startswith("locked:")
    reader = CommandLog(tmp_path, writable=False)
    reader.close()
    log.close()
    assert opened_elsewhere(tmp_path, checkout) == "open at 2\n"
    writable(tmp_path).close()


def test_a_full_disk_refuses_and_leaves_the_log_as_it_was(tmp_path: Path) -> None:
    log = writable(tmp_path)
    fill(log, 2)
    pages = log._db.execute("PRAGMA page_count").fetchone()[0]
    log._db.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(sqlite3.OperationalError, match="full"):
        log.append(batch(3, 2_000))
    assert log.last_seq == 2
    log._db.execute("PRAGMA max_page_count = 1000000")
    log.append(batch(3, 2_000))
    assert len(amounts(log)) == 2_002
    log.close()


def test_a_database_that_became_read_only_refuses(tmp_path: Path) -> None:
    log = writable(tmp_path)
    fill(log, 1)
    log._db.execute("PRAGMA query_only = ON")
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        fill(log, 1)
    assert log.last_seq == 1
    assert amounts(log) == [1]
    log.close()


APPEND = """
import sys
from pathlib import Path
from exchange.log.store import CommandLog
from tests.exchange.log.batches import fill
log = CommandLog(Path(sys.argv[1]), writable=True)
print("ready", flush=True)
for line in sys.stdin:
    fill(log, int(line))
    print(log.last_seq, flush=True)
"""


def test_a_reader_follows_a_writer_in_another_process(tmp_path: Path, checkout: Path) -> None:
    writer = subprocess.Popen(
        [sys.executable, "-c", APPEND, str(tmp_path)],
        cwd=checkout,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert writer.stdin is not None
    assert writer.stdout is not None
    with writer:
        assert writer.stdout.readline() == "ready\n"
        reader = CommandLog(tmp_path, writable=False)
        version, seq = reader.version(), 0
        assert amounts(reader) == []
        assert reader.version() == version
        for size in (1, 2_000, 3):
            writer.stdin.write(f"{size}\n")
            writer.stdin.flush()
            assert int(writer.stdout.readline()) == seq + size
            assert reader.version() != version
            version = reader.version()
            assert amounts(reader, seq) == list(range(seq + 1, seq + size + 1))
            seq += size
        reader.close()
        writer.stdin.close()
        assert writer.wait(TIMEOUT_S) == 0


KILL_LOOP = """
import os, random, signal, sys, time
from pathlib import Path
from exchange.core.layout import COMMAND_AMOUNT_MICROS
from exchange.log.store import CommandLog
from tests.exchange.log.batches import fill
directory, seed = Path(sys.argv[1]), int(sys.argv[2])
rng = random.Random(seed)
for _ in range(10):
    readable, written = os.pipe()
    child = os.fork()
    if child == 0:
        log = CommandLog(directory, writable=True)
        while True:
            fill(log, rng.randint(1, 50))
            os.write(written, log.last_seq.to_bytes(8, "little"))
    os.close(written)
    acknowledged = os.read(readable, 8)
    time.sleep(rng.random() * 0.05)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    while more := os.read(readable, 1 << 16):
        acknowledged += more
    os.close(readable)
    log = CommandLog(directory, writable=True)
    read = [int(row[COMMAND_AMOUNT_MICROS]) for found in log.read() for row in found.rows]
    log.close()
    print(int.from_bytes(acknowledged[-8:], "little"), len(read), read == list(range(1, len(read) + 1)))
"""


def test_what_was_acknowledged_survives_kill_9(tmp_path: Path, checkout: Path) -> None:
    seed = time.time_ns() % 2**32
    sys.stdout.write(f"seed {seed}\n")
    outcome = subprocess.run(
        [sys.executable, "-c", KILL_LOOP, str(tmp_path), str(seed)],
        cwd=checkout,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )
    assert outcome.returncode == 0, outcome.stderr
    rounds = [line.split() for line in outcome.stdout.splitlines()]
    assert len(rounds) == 10
    former = 0
    for acknowledged, found, in_order in rounds:
        assert former < int(acknowledged) <= int(found)
        assert in_order == "True"
        former = int(found)


def test_a_log_that_was_never_finished_is_told_and_then_made(tmp_path: Path) -> None:
    database = sqlite3.connect(tmp_path / LOG_NAME)
    database.execute("PRAGMA journal_mode=WAL")
    for _ in range(2):
        with pytest.raises(FileNotFoundError, match="no log here yet"):
            CommandLog(tmp_path, writable=False)
        database.execute("CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value INTEGER)")
    database.close()
    log = writable(tmp_path)
    fill(log, 2)
    log.close()
    assert amounts(CommandLog(tmp_path, writable=False)) == [1, 2]


@pytest.mark.parametrize("column", ["count", "rows", "texts", "checksum"])
@pytest.mark.parametrize("first_seq", [2, 3])
def test_a_batch_without_its_numbers_or_bytes_is_damage(
    tmp_path: Path, column: str, first_seq: int
) -> None:
    fill(log := writable(tmp_path), 1, 1, 1)
    log.close()
    database = sqlite3.connect(tmp_path / LOG_NAME)
    # What a damaged page reads as, though the table forbids it.
    database.executescript(
        "CREATE TABLE loose AS SELECT * FROM batches; DROP TABLE batches;"
        "ALTER TABLE loose RENAME TO batches;"
        f"UPDATE batches SET {column} = NULL WHERE first_seq = {first_seq}"
    )
    database.close()
    with pytest.raises(CorruptLogError, match=r"damaged|durable"):
        amounts(CommandLog(tmp_path, writable=False))
