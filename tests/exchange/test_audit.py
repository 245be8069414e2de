"""Replaying a log for inspection, held against the replica that wrote it."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import msgspec
import pytest

from exchange import audit
from exchange.core import snapshot
from exchange.core.commands import Command, batch_of
from exchange.core.layout import CommandKind
from exchange.core.warm import warm_up
from exchange.log.store import CommandLog
from exchange.log.terms import LOG_NAME
from exchange.replica import Replica
from exchange.statements.journal import Journal
from exchange.statements.postings import Line, PostingKind
from marketdata.days import NS_PER_DAY


@pytest.fixture
def written(tmp_path: Path) -> tuple[Path, Replica]:
    """A log of a small market with a snapshot in the middle, and the replica that it led to."""
    spec = warm_up().specs[0]
    log, replica = CommandLog(tmp_path, writable=True), Replica()
    steps = [
        [Command(CommandKind.LIST_INSTRUMENT, text=msgspec.json.encode(spec).decode())],
        [Command(CommandKind.OPEN_ACCOUNT, qty_lots=9, text=name) for name in ("a", "b")],
        [Command(CommandKind.TRANSFER, account=a, amount_micros=10**9) for a in (0, 1)],
        [Command(CommandKind.SUBMIT, 0, 0, side=0, price_ticks=1_000, qty_lots=5)],
        [Command(CommandKind.SUBMIT, 1, 0, side=1, price_ticks=1_000, qty_lots=3)],
        [Command(CommandKind.MARK, instrument=0, price_ticks=1_010)],
    ]
    for number, step in enumerate(steps):
        batch = batch_of(step, replica.core.seq + 1, number)
        log.append(batch)
        replica.apply(batch)
        if number == 3:
            log.save_snapshot(replica.snapshot())
    log.close()
    return tmp_path, replica


def test_replay_gives_the_digest_of_the_state_that_wrote_the_log(
    written: tuple[Path, Replica],
) -> None:
    directory, replica = written
    assert audit.replay(directory) == (8, 1, snapshot.digest(replica.core))
    assert audit.last_seq(directory) == 8


def test_census_counts_orders_trades_and_lots(written: tuple[Path, Replica]) -> None:
    seen: list[int] = []
    census = audit.census(written[0], progress=seen.append)
    assert (census.commands, census.orders, census.quotes, census.trades) == (8, 2, 0, 1)
    assert (census.volume_lots, census.open_interest_lots, census.broken_laws) == (3, 3, [])
    assert len(census.accepted) == 2
    assert seen == [1, 3, 5, 6, 7, 8]


def test_verify_finds_a_sound_log_sound(written: tuple[Path, Replica]) -> None:
    findings = list(audit.verify(written[0], every=1))
    assert len(findings) == 4
    assert [finding.problems for finding in findings] == [[], [], [], []]
    assert findings[3].check == "postings explain every balance (0 days and since)"


def test_verify_names_a_flipped_bit(written: tuple[Path, Replica]) -> None:
    with sqlite3.connect(written[0] / LOG_NAME) as db:
        raw = bytearray(db.execute("SELECT rows FROM batches WHERE first_seq = 6").fetchone()[0])
        raw[80] ^= 1
        db.execute("UPDATE batches SET rows = ? WHERE first_seq = 6", (bytes(raw),))
    chain = next(audit.verify(written[0]))
    assert "seq 5" in chain.check
    assert "seq 6" in chain.problems[0]


def test_verify_names_a_snapshot_of_another_state(written: tuple[Path, Replica]) -> None:
    directory, replica = written
    log = CommandLog(directory, writable=True)
    log.save_snapshot(replica.snapshot()._replace(seq=7))
    log.close()
    findings = list(audit.verify(directory))
    assert findings[0].problems == []
    assert "seq 7" in findings[2].problems[0]


def test_verify_names_each_balance_that_its_postings_do_not_explain(
    written: tuple[Path, Replica], monkeypatch: pytest.MonkeyPatch
) -> None:
    directory, replica = written
    log = CommandLog(directory, writable=True)
    for day in (20, 21):
        roll = Command(CommandKind.DAY_ROLL, qty_lots=day)
        batch = batch_of([roll], log.last_seq + 1, day * NS_PER_DAY + 1)
        log.append(batch)
        replica.apply(batch)
    log.close()
    assert replica.statement_faults == []
    assert list(audit.verify(directory))[3] == (
        "postings explain every balance (2 days and since)",
        [],
    )
    # A journal that passes over fees leaves the first day, of the one trade, unexplained.
    add = Journal._add

    def forgetful(self: Journal, account: int, line: Line, amount_micros: int) -> None:
        if line[0] != PostingKind.FEE:
            add(self, account, line, amount_micros)

    monkeypatch.setattr(Journal, "_add", forgetful)
    (problem,) = list(audit.verify(directory))[3].problems
    assert problem.startswith("at seq 9: a: postings of fees come to 0, the core has ")


def test_a_directory_without_a_log_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="cfx serve"):
        audit.replay(tmp_path)
