"""kill -9, and the loss of power, at every step of commit, snapshot and recovery: one after the other.

The steps are enumerated three times: by the product's functions (`tests.faults.steps`), by SQL statement,
and by the system calls that change a file. After each death the log holds all that was acknowledged and
nothing that nobody sent, a new life recovers to the state of a replay, and what is sent again takes
effect once.
"""

from __future__ import annotations

import itertools
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.driver import Life
from tests.faults.lives import KILLED, Driver, History, economy
from tests.faults.shim import KillMode, Op, Power
from tests.faults.steps import COMMIT, RECOVERY, SNAPSHOT
from tests.faults.tally import LONG, Tally, chosen, shown

pytestmark = pytest.mark.timeout(3_600 if LONG else 300)

LEFT = ("durable, not applied", 13)
"""Where those die whose recovery is looked at: in the middle, with a snapshot and a tail behind it."""

ORDERS = 40
"""Enough for a snapshot and a tail; each call that they lead to is one fault in the long half."""


@pytest.fixture(scope="module")
def whole(driver: Driver, tmp_path_factory: pytest.TempPathFactory) -> tuple[Life, list[object]]:
    """A life that nothing ends early, with every step watched, and what its market came to."""
    history = History(tmp_path_factory.mktemp("whole") / "venue", orders=ORDERS)
    names = [step.name for step in (*COMMIT, *SNAPSHOT, *RECOVERY)]
    life = driver.live(history.plan(watched=names))
    history.add(life)
    return life, economy(history.check(life))


@pytest.fixture
def venues(tmp_path: Path) -> Iterator[History]:
    """Histories, each in a directory of its own."""
    return (History(tmp_path / f"venue-{n}", orders=ORDERS) for n in itertools.count())


def die(driver: Driver, history: History, life: Life) -> bool:
    """Look at what a life left; return whether it was killed.

    Batches gather by time, so that one life may have fewer of them than another and end before its fault.
    """
    killed = life.status == KILLED
    assert killed or (life.closed and not life.error), life.error
    history.add(life)
    history.check(None if killed else life)
    return killed


def ends_well(driver: Driver, history: History, life: Life, wanted: list[object]) -> bool:
    """As ``die``, and the next life comes to what a market without the fault came to."""
    killed = die(driver, history, life)
    assert economy(history.finish(driver)) == wanted
    return killed


def test_a_whole_life_passes_every_step(whole: tuple[Life, list[object]]) -> None:
    life, _ = whole
    assert (life.status, life.error, life.refused) == (0, "", [])
    assert {step.name for step in (*COMMIT, *SNAPSHOT)} <= set(life.reached)
    assert len(life.acknowledged) == 6 + ORDERS
    ops = set(life.trace)
    assert ops == set(Op), "writes, syncs, cuts and removals of files were all seen"


def test_death_at_every_step(
    driver: Driver, venues: Iterator[History], whole: tuple[Life, list[object]], tally: Tally
) -> None:
    life, wanted = whole
    times = [
        (step.name, time)
        for step in (*COMMIT, *SNAPSHOT)
        for time in (
            range(1, life.reached[step.name] + 1) if LONG else [life.reached[step.name] // 2 + 1]
        )
    ]
    deaths = 0
    for step in shown(times, "steps of commit and snapshot"):
        with tally("kill -9 at a named step of commit or snapshot"):
            history = next(venues)
            deaths += ends_well(driver, history, driver.live(history.plan(step=step)), wanted)
    assert deaths >= 0.75 * len(times)


def test_death_at_every_step_of_recovery(
    driver: Driver, venues: Iterator[History], whole: tuple[Life, list[object]], tally: Tally
) -> None:
    _, wanted = whole
    names = [step.name for step in RECOVERY]
    for name in shown(names, "steps of recovery"):
        for time in (1, 2) if "tail" in name else (1,):
            with tally("kill -9 in recovery after a kill -9"):
                history = next(venues)
                die(driver, history, driver.live(history.plan(step=LEFT)))
                again = driver.live(history.plan(step=(name, time)))
                assert again.acknowledged == []
                ends_well(driver, history, again, wanted)


def test_death_at_every_statement(
    driver: Driver, venues: Iterator[History], whole: tuple[Life, list[object]], tally: Tally
) -> None:
    life, wanted = whole
    for number in shown(chosen(range(1, len(life.points) + 1), 8), "SQL statements"):
        with tally("kill -9 before or after an SQL statement"):
            history = next(venues)
            ends_well(driver, history, driver.live(history.plan(statement=number)), wanted)


WAYS = {
    "kill -9 before a system call": (KillMode.BEFORE, Power.KEEP),
    "kill -9 in the middle of a write": (KillMode.TORN, Power.KEEP),
    "loss of power at a system call": (KillMode.BEFORE, Power.LOSE_ALL),
    "loss of power in the middle of a write": (KillMode.TORN, Power.LOSE_SOME),
    "loss of power after a system call": (KillMode.AFTER, Power.LOSE_SOME),
}


@pytest.mark.parametrize("kind", WAYS)
def test_death_at_every_system_call(
    driver: Driver,
    venues: Iterator[History],
    whole: tuple[Life, list[object]],
    tally: Tally,
    kind: str,
) -> None:
    life, wanted = whole
    mode, power = WAYS[kind]
    calls = [
        n
        for n in range(1, life.calls + 1)
        if mode != KillMode.TORN or life.trace[n - 1] == Op.WRITE
    ]
    for number in shown(chosen(calls, 5), kind):
        with tally(kind):
            history = next(venues)
            faults = history.faults(kill_at=number, kill_mode=mode, power=power, seed=number)
            ends_well(driver, history, driver.live(history.plan(faults=faults)), wanted)


@pytest.mark.parametrize("power", [Power.KEEP, Power.LOSE_SOME])
def test_death_at_every_system_call_of_recovery(
    driver: Driver,
    venues: Iterator[History],
    whole: tuple[Life, list[object]],
    tally: Tally,
    power: Power,
) -> None:
    _, wanted = whole
    probe = next(venues)
    die(driver, probe, driver.live(probe.plan(step=LEFT)))
    calls = driver.live(probe.plan()).calls_open
    assert calls > 3
    for number in shown(chosen(range(1, calls + 1), 4), f"recovery, {power.name.lower()}"):
        with tally(
            f"{'kill -9' if power == Power.KEEP else 'loss of power'} at a call of recovery"
        ):
            history = next(venues)
            die(driver, history, driver.live(history.plan(step=LEFT)))
            faults = history.faults(kill_at=number, power=power, seed=number)
            ends_well(driver, history, driver.live(history.plan(faults=faults)), wanted)


def test_what_is_not_synced_is_found_to_be_lost(driver: Driver, venues: Iterator[History]) -> None:
    """The search finds what it searches for: commits that are acknowledged and not synced."""
    history = next(venues)
    faults = history.faults(kill_at=90, power=Power.LOSE_ALL)
    life = driver.live(history.plan(faults=faults, careless=True))
    assert life.status == KILLED
    assert len(life.acknowledged) > 5
    history.add(life)
    with pytest.raises(AssertionError, match="acknowledged and lost"):
        history.check(life)
    sys.stdout.write(f"{len(life.acknowledged)} acknowledged before the power went\n")
