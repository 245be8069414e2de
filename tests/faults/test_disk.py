"""A disk that is full, fails a write or a sync, and is well again: nothing acknowledged is lost on the way.

While it fails, orders are told that they were not taken, and are not: the log holds exactly what was
acknowledged. Once it is well the venue goes on by itself, without a start.
"""

from __future__ import annotations

import errno
import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.driver import Life
from tests.faults.lives import KILLED, Driver, History, economy
from tests.faults.shim import Faults, KillMode, Op, Power
from tests.faults.tally import LONG, Tally, chosen, shown

pytestmark = pytest.mark.timeout(3_600 if LONG else 300)

ORDERS = 40
"""Enough for a snapshot and a tail; each call that they lead to is one fault in the long half."""

FAILURES = {
    "disk full (ENOSPC)": (Op.WRITE, errno.ENOSPC),
    "failing write (EIO)": (Op.WRITE, errno.EIO),
    "failing fsync (EIO)": (Op.SYNC, errno.EIO),
    "failing ftruncate (EIO)": (Op.TRUNCATE, errno.EIO),
    "failing disk (EIO of all)": (Op.WRITE | Op.SYNC | Op.TRUNCATE, errno.EIO),
}


@pytest.fixture(scope="module")
def whole(driver: Driver, tmp_path_factory: pytest.TempPathFactory) -> tuple[Life, list[object]]:
    """A life whose disk is well, and what its market came to."""
    history = History(tmp_path_factory.mktemp("whole") / "venue", orders=ORDERS)
    life = driver.live(history.plan())
    history.add(life)
    return life, economy(history.check(life))


@pytest.fixture
def venues(tmp_path: Path) -> Iterator[History]:
    """Histories, each in a directory of its own."""
    return (History(tmp_path / f"venue-{n}", orders=ORDERS) for n in itertools.count())


def calls_of(life: Life, ops: Op) -> list[int]:
    """The calls of a life, once it had recovered, that do one of these."""
    return [
        number for number, op in enumerate(life.trace, 1) if op & ops and number > life.calls_open
    ]


@pytest.mark.parametrize("lasting", [False, True], ids=["once", "for a while"])
@pytest.mark.parametrize("kind", FAILURES)
def test_a_disk_that_fails_and_heals(
    driver: Driver,
    venues: Iterator[History],
    whole: tuple[Life, list[object]],
    tally: Tally,
    kind: str,
    lasting: bool,
) -> None:
    sound, wanted = whole
    ops, code = FAILURES[kind]
    blocks = 0
    for number in shown(chosen(calls_of(sound, ops), 4), kind):
        with tally(f"{kind}, {'for a while' if lasting else 'once'}"):
            history = next(venues)
            until = 0 if lasting else number
            faults = history.faults(
                fail_ops=ops, fail_errno=code, fail_from=number, fail_until=until
            )
            life = driver.live(history.plan(faults=faults, heal_after=5 if lasting else 1))
            assert (life.status, life.error) == (0, "")
            assert life.failed > 0
            assert all("log" in said for _, _, said in life.refused)
            assert all(certain for _, certain, _ in life.refused)
            blocks += life.blocks
            history.add(life)
            assert economy(history.check(life)) == wanted
            assert len(history.answered) == len(history.commands)
            assert economy(history.finish(driver)) == wanted
    if ops & (Op.WRITE | Op.SYNC):
        assert blocks > 0, "no failure was seen"


@pytest.mark.parametrize("kind", ["failing write (EIO)", "failing fsync (EIO)"])
def test_the_power_goes_while_the_disk_fails(
    driver: Driver,
    venues: Iterator[History],
    whole: tuple[Life, list[object]],
    tally: Tally,
    kind: str,
) -> None:
    """A sync that failed may have lost what it should have written, though later syncs succeed."""
    sound, wanted = whole
    ops, code = FAILURES[kind]
    calls = calls_of(sound, ops)
    for number, later in shown([*itertools.product(chosen(calls, 3), (2, 9))], kind):
        with tally(f"{kind}, then the loss of power"):
            history = next(venues)
            faults = history.faults(
                fail_ops=ops,
                fail_errno=code,
                fail_from=number,
                fail_until=number,
                kill_at=number + later,
                kill_mode=KillMode.BEFORE,
                power=Power.LOSE_ALL,
            )
            life = driver.live(history.plan(faults=faults, heal_after=1))
            if life.status != KILLED:
                # It was over before.
                assert number + later > life.calls
            history.add(life)
            history.check()
            assert economy(history.finish(driver)) == wanted


@pytest.mark.parametrize("kind", FAILURES)
def test_a_disk_that_fails_at_the_start(
    driver: Driver,
    venues: Iterator[History],
    whole: tuple[Life, list[object]],
    tally: Tally,
    kind: str,
) -> None:
    """The start says what the disk said, or goes on without what it can do without; the next one is well."""
    sound, wanted = whole
    ops, code = FAILURES[kind]
    early = [n for n, op in enumerate(sound.trace[: sound.calls_open], 1) if op & ops]
    for number in shown(chosen(early, 3), kind):
        with tally(f"{kind}, at the start") as attempt:
            history = next(venues)
            faults = history.faults(
                fail_ops=ops, fail_errno=code, fail_from=number, fail_until=number
            )
            life = driver.live(history.plan(faults=faults, heal_after=1))
            assert life.status == 0
            attempt.refused = bool(life.error)
            if life.error:
                assert any(word in life.error for word in ("disk", "full", "I/O", "space", "error"))
                assert life.acknowledged == []
            history.add(life)
            history.check(None if life.error else life)
            assert economy(history.finish(driver)) == wanted


def test_a_venue_without_a_disk_takes_nothing(driver: Driver, venues: Iterator[History]) -> None:
    """The search would notice a venue that goes on without its disk: the faults do reach it."""
    history = next(venues)
    faults = history.faults(fail_ops=Op.SYNC, fail_errno=errno.EIO, fail_from=1)
    life = driver.live(history.plan(faults=faults))
    assert isinstance(faults, Faults)
    assert life.acknowledged == []
    assert life.error
