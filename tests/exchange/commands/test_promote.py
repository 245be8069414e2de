"""`cfx promote` as it is typed: what it asks of a standby is tests/exchange/following/test_promotion.py."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from exchange.cli import app
from exchange.following import promotion


def promote(directory: Path) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["promote", "--data-dir", str(directory), "--timeout", "1"])
    return done.exit_code, done.output.replace("\n", " ")


def test_without_a_standby_it_says_what_to_start(tmp_path: Path) -> None:
    status, told = promote(tmp_path)
    assert (status, "no standby follows" in told, "cfx follow" in told) == (1, True, True)


def test_a_standby_that_does_not_answer(tmp_path: Path) -> None:
    lock = promotion.StandbyLock(tmp_path)
    status, told = promote(tmp_path)
    lock.release()
    assert (status, "does not serve within 1 s" in told) == (1, True)
    assert promotion.take_request(tmp_path) is not None


def test_a_fault_of_the_software_is_not_told_as_the_users(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def wrong(*_: object) -> None:
        raise ValueError("no user can mend this")

    monkeypatch.setattr(promotion, "is_standing_by", wrong)
    done = CliRunner().invoke(app, ["promote", "--data-dir", str(tmp_path)])
    assert isinstance(done.exception, ValueError)
