"""Statements from the log alone equal those that the exchange made while it ran."""

from __future__ import annotations

from pathlib import Path

import pytest

from exchange.log.store import CommandLog
from exchange.statements.replaying import UnknownAccountError, days, of_account
from tests.exchange.core.lab import Lab
from tests.exchange.statements.story import whole
from tests.exchange.statements.test_journal import replayed


def logged(directory: Path, lab: Lab) -> CommandLog:
    """A log that holds what was done in a lab."""
    log = CommandLog(directory, writable=True)
    for batch in lab.batches:
        log.append(batch)
    return log


def test_the_log_gives_what_was_stated(tmp_path: Path) -> None:
    lab = whole()
    _, made = replayed(lab.batches)
    log = logged(tmp_path, lab)
    seen: list[int] = []
    found = list(days(log, progress=seen.append))
    assert found[:3] == made
    # The deposit behind the last day's end is the fourth's, which runs.
    assert [posting.amount_micros for posting in found[3][0].postings] == [7_000_000]
    assert found[3][0].closing_micros == lab.cash(0)
    assert seen[-1] == lab.core.seq
    own = of_account(log, "alice.desk")
    assert [each.closing_micros for each in own] == [day[1].closing_micros for day in found]
    log.close()


def test_an_account_that_is_not_there_is_named(tmp_path: Path) -> None:
    log = logged(tmp_path, whole())
    with pytest.raises(UnknownAccountError, match="mallory"):
        of_account(log, "mallory")
    log.close()
