"""`cfx log` as it is typed."""

from __future__ import annotations

from pathlib import Path

from typer.testing import CliRunner

from exchange.cli import app
from exchange.log.store import CommandLog
from exchange.replica import Replica
from tests.exchange import traffic


def cfx(*arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, list(arguments), env={"COLUMNS": "300"})
    return done.exit_code, done.output


def test_snapshot_status_and_prune(tmp_path: Path) -> None:
    directory = str(tmp_path)
    assert cfx("log", "status", "--data-dir", directory)[0] == 1
    log = CommandLog(tmp_path, writable=True)
    live = Replica()
    for batch in traffic.batches(5, 300):
        log.append(batch)
        live.apply(batch)
    log.close()
    status, text = cfx("log", "prune", "--yes", "--data-dir", directory)
    assert status == 1
    assert "cfx log snapshot" in text
    status, text = cfx("log", "snapshot", "--data-dir", directory)
    assert (status, "snapshot at seq 300" in text) == (0, True)
    status, text = cfx("log", "prune", "--data-dir", directory)
    assert status == 1, "it asks, and nobody says yes"
    status, text = cfx("log", "prune", "--yes", "--data-dir", directory)
    assert status == 0
    assert "the log begins at" in text
    status, text = cfx("log", "status", "--data-dir", directory)
    assert (status, "to 300" in text, "0 commands" in text) == (0, True, True)
    status, text = cfx("replay", "--data-dir", directory)
    assert (status, "is pruned" in text) == (1, True)
    assert cfx("verify", "--data-dir", directory)[0] == 0
