"""kill -9 at every step of a whole exchange's first start, and of the one after: the next one has it all.

Beyond recovery a start lists contracts, funds the insurance, opens accounts, makes keys and listens.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from exchange.config import DEFAULT_DEPOSIT_MICROS, DEFAULT_INSURANCE_USD
from exchange.core import layout as at
from exchange.gateway.keys import KEYS_NAME, KeyStore, read_keys_json
from exchange.log.store import CommandLog
from exchange.replica import Replica, recover
from exchange.serving import KEYS_JSON_NAME
from tests.faults.driver import Plan
from tests.faults.lives import KILLED, Driver, sound
from tests.faults.steps import COMMIT, EXCHANGE
from tests.faults.tally import LONG, Tally, chosen, shown

pytestmark = pytest.mark.timeout(600)

ACCOUNTS = ["ada", "ben", "cleo"]
STARTED = ("listening", 1)
"""Where a start is over but for the market-data service, which is a process of its own."""

FIRST = [
    *((step.name, 1) for step in EXCHANGE),
    ("account opened", 2),
    ("a key made", 2),
    *((step.name, time) for step in COMMIT[4:6] for time in ((1, 2, 4, 6) if LONG else (1, 3))),
]


@pytest.mark.parametrize("again", [False, True], ids=["first start", "and the next"])
def test_death_at_every_step_of_a_start(
    driver: Driver, tmp_path: Path, tally: Tally, again: bool
) -> None:
    for number, step in enumerate(shown(chosen(FIRST, 1 if again else 5), "starts")):
        with tally("kill -9 in a start of a whole exchange, once or twice"):
            folder = tmp_path / f"venue-{number}"
            plan = Plan(directory=str(folder), accounts=ACCOUNTS)
            deaths = [("before keys.json", 1), step] if again else [step]
            for death in [*deaths, STARTED]:
                plan.step = death
                life = driver.live(plan)
                # What was done by the start before is not done again, so its step is not reached.
                assert life.status == KILLED or (again and "error" not in life.error.lower())
            assert life.status == KILLED
            everything_is_there(folder)


def everything_is_there(folder: Path) -> None:
    assert sound(folder) == []
    log = CommandLog(folder, writable=False)
    core = recover(Replica(), log).core
    log.close()
    assert core.venue[at.VENUE_INSURANCE_MICROS] == DEFAULT_INSURANCE_USD * 10**6
    assert core.account_names == ACCOUNTS
    cash = [int(core.account(n)[at.ACCOUNT_CASH_MICROS]) for n in range(len(ACCOUNTS))]
    assert cash == [DEFAULT_DEPOSIT_MICROS] * len(ACCOUNTS)
    assert {spec.family for spec in core.specs} == {"GPU1"}
    told = read_keys_json(folder / KEYS_JSON_NAME)
    store = KeyStore(folder / KEYS_NAME)
    for account in ACCOUNTS:
        key = store.find(told[account].client_id)
        assert key is not None, f"{account} was never told its key's secret"
        assert (key.account, key.client_secret) == (account, told[account].client_secret)
    store.close()
