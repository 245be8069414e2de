"""Accounts on the command line, and the settings' defaults."""

from __future__ import annotations

from pathlib import Path

import pytest

from exchange.config import LOOPBACK, AccountSetting, Settings, parse_account


@pytest.mark.parametrize(
    ("text", "name", "usd"),
    [
        ("alice", "alice", 10_000_000),
        ("bob:5000000", "bob", 5_000_000),
        ("a.b_c-9:1", "a.b_c-9", 1),
        ("x" * 32 + ":1000000000", "x" * 32, 1_000_000_000),
    ],
)
def test_an_account_and_its_deposit(text: str, name: str, usd: int) -> None:
    assert parse_account(text) == AccountSetting(name, usd * 1_000_000)


@pytest.mark.parametrize("text", ["", ":5", "x" * 33, "a b", "é", "a/b", "a\n", "\u0661"])
def test_names_that_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="1 to 32 letters"):
        parse_account(text)


@pytest.mark.parametrize(
    "deposit",
    ["", "0", "-1", "1.5", "1e6", "1000000001", "²", "١", "9" * 5_000, "NaN", "1:2", " 1"],
)
def test_deposits_that_are_refused(deposit: str) -> None:
    with pytest.raises(ValueError, match="whole dollars from 1 to 10\\^9"):
        parse_account(f"bob:{deposit}")


def test_settings_listen_on_this_machine_only_unless_told() -> None:
    settings = Settings(data_dir=Path("x"))
    assert settings.host in LOOPBACK
    assert settings.accounts == ()
