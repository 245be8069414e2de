"""Laws looked at in a running exchange: each account and instrument in its turn, no command after a breach."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from exchange.config import Settings
from exchange.core import invariants
from exchange.core import layout as at
from exchange.core.invariants import SAMPLED_ACCOUNTS
from exchange.law_watch import LawWatch
from exchange.sequencer import SequencerStopped
from exchange.venue import Venue
from tests.exchange.core.lab import BUY, USD, Lab, listing, perpetual, spec, submit
from tests.exchange.test_venue import run

ACCOUNTS = 3 * SAMPLED_ACCOUNTS - 2


def crowd() -> Lab:
    lab = Lab(spec(), perpetual(), deposits=(10**6 * USD,) * ACCOUNTS)
    for account in range(1, ACCOUNTS):
        lab.trade(account, 0, 300, 1)
        lab.trade(0, account, 3_000, 1, instrument=1)
    return lab


def found(lab: Lab) -> list[str]:
    """What as many turns as it takes to come round find."""
    return [law for turn in range(6) for law in invariants.sampled(lab.core, turn)]


@pytest.mark.parametrize("account", range(ACCOUNTS))
def test_every_account_has_its_turn(account: int) -> None:
    lab = crowd()
    assert found(lab) == []
    lab.core.accounts[account, at.ACCOUNT_INITIAL_MICROS] += 1
    assert any(law.startswith(f"margin: account-{account} ") for law in found(lab))


@pytest.mark.parametrize("instrument", [0, 1])
def test_every_instrument_has_its_turn(instrument: int) -> None:
    lab = crowd()
    lab.core.instruments[instrument, at.INSTRUMENT_OPEN_INTEREST_LOTS] += 1
    assert any(law.startswith("open interest:") for law in found(lab))


def test_cash_is_looked_at_every_turn_and_an_empty_venue_is_sound() -> None:
    lab = crowd()
    lab.core.venue[at.VENUE_HOUSE_MICROS] += 1
    assert all(invariants.sampled(lab.core, turn) for turn in range(6))
    assert invariants.sampled(Lab().core, 7) == []


def test_after_a_breach_nothing_is_taken_and_the_log_stays_as_it_was(tmp_path: Path) -> None:
    async def test() -> None:
        venue = await Venue.open(Settings(data_dir=tmp_path))
        await venue.require(listing(spec()))
        alice = await venue.open_account("alice", 10**6 * USD)
        watch = LawWatch(venue.core, venue.sequencer)
        assert watch.look() == []
        assert venue.sequencer.failure is None
        venue.core.accounts[alice, at.ACCOUNT_CASH_MICROS] += 1
        assert watch.look()
        assert "a law is broken: cash" in str(venue.status["failure"])
        with pytest.raises(SequencerStopped, match="cfx verify"):
            await venue.execute(submit(alice, BUY, 290, 1))
        await venue.close()
        # No snapshot was taken of what was wrong: the next start replays the log and is sound.
        again = await Venue.open(Settings(data_dir=tmp_path))
        assert invariants.violations(again.core) == []
        assert again.core.account(alice)[at.ACCOUNT_CASH_MICROS] == 10**6 * USD
        await again.close()

    run(test())


def test_a_running_venue_looks_by_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def test() -> None:
        monkeypatch.setattr("exchange.venue.INTERVAL_S", 0.0)
        venue = await Venue.open(Settings(data_dir=tmp_path))
        while venue.status["law_samples"] < 2:
            await asyncio.sleep(0.01)
        await venue.close()

    run(test())
