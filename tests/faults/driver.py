"""Venues that die: reads one plan a line, runs each in a child process of its own, tells what became of it.

Started under the library of faults by `tests.faults.lives`. It loads and compiles everything once; a child
is a fork, so that a life takes milliseconds. Each acknowledgement leaves the child before the next command
is looked at, through a pipe, so what was acknowledged is known however it ends.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import sys
from pathlib import Path

import msgspec

from exchange.config import AccountSetting, Settings
from exchange.core import layout as at
from exchange.core import snapshot
from exchange.core.warm import warm_up
from exchange.log import writer
from exchange.sequencer import Outcome, SequencerBlocked, SequencerStopped
from exchange.serving import Exchange
from exchange.venue import Venue
from tests.faults import script
from tests.faults.shim import CONTROL_VARIABLE, Control, Faults
from tests.faults.steps import StatementCounter, StepCounter

SNAPSHOT_COMMANDS = 16
CHECKPOINT_PAGES = 24
"""Of the write-ahead log; few, so that a short life sees checkpoints."""
RETRY_S = 0.01
"""Between two looks whether the disk takes writes again; the product's second would make lives long."""
LIFE_S = 60.0


class Plan(msgspec.Struct, kw_only=True):
    """One life of a venue: what it is asked for and what ends it.

    places: of the script's commands to send, all if not given. heal_after: failed calls after which the
    disk is well again. careless: the log is not synced, against its settings. accounts: to open a
    whole exchange for, gateway and all, which nobody trades at.
    """

    directory: str
    seed: int = 1
    orders: int = 120
    places: list[int] | None = None
    faults: Faults | None = None
    step: tuple[str, int] | None = None
    watched: list[str] = []
    statement: int = 0
    heal_after: int = 0
    careless: bool = False
    accounts: list[str] = []


class Life(msgspec.Struct, kw_only=True):
    """What became of it. status: as os.waitpid says.

    acknowledged: (place in the script, seq, whether the core rejected it). refused: (place, whether it
    certainly has no effect, what was said). blocks: times that the log took nothing for a while. opened,
    closed: digests when recovered and at the end. calls_open: system calls until it was recovered; trace:
    what they all were.
    """

    status: int = 0
    acknowledged: list[tuple[int, int, bool]] = []
    refused: list[tuple[int, bool, str]] = []
    blocks: int = 0
    opened: str = ""
    opened_seq: int = 0
    closed: str = ""
    error: str = ""
    calls: int = 0
    calls_open: int = 0
    trace: list[int] = []
    failed: int = 0
    reached: dict[str, int] = {}
    points: list[str] = []


class _Speaker:
    """Writes what happens to the pipe, a line each, at once."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def say(self, kind: str, *said: object) -> None:
        os.write(self._descriptor, msgspec.json.encode([kind, *said]) + b"\n")


class _Clients:
    """Who sends the script's commands, remembers nothing, and sends again what was not taken."""

    def __init__(self, venue: Venue, plan: Plan, speaker: _Speaker) -> None:
        self._venue = venue
        self._speaker = speaker
        self._saved_seq = venue.core.seq
        self._commands = script.commands(plan.seed, plan.orders)
        places = list(range(len(self._commands))) if plan.places is None else plan.places
        self._bursts = [places[a:b] for a, b in script.bursts(plan.seed, len(places))]

    async def trade(self) -> None:
        for burst in self._bursts:
            left = await self._send(burst)
            # Here and not in a process of its own, so that its steps are this process's.
            if self._venue.core.seq - self._saved_seq >= SNAPSHOT_COMMANDS:
                self._saved_seq = self._venue.core.seq
                self._venue.sequencer.save_snapshot()
            while left:
                while self._venue.sequencer.blocked is not None:
                    await asyncio.sleep(RETRY_S)
                left = await self._send(left)

    async def _send(self, places: list[int]) -> list[int]:
        """Send commands at once; return the places of those that certainly were not taken."""
        answers = await asyncio.gather(*map(self._answer, places))
        return [place for place, taken in zip(places, answers, strict=True) if not taken]

    async def _answer(self, place: int) -> bool:
        answer: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

        def done(outcome: Outcome | SequencerStopped) -> None:
            if isinstance(outcome, Outcome):
                rejected = outcome.events[0][at.EVENT_KIND] == at.EventKind.REJECTED
                self._speaker.say("acknowledged", place, outcome.seq, rejected)
                answer.set_result(True)
            else:
                certain = isinstance(outcome, SequencerBlocked)
                self._speaker.say("refused", place, certain, str(outcome))
                answer.set_result(not certain)

        try:
            self._venue.submit(self._commands[place], done)
        except SequencerStopped as stopped:
            done(stopped)
        return await answer


async def _heal(control: Control, after: int) -> None:
    """Let the disk be well again once so many calls have failed."""
    while control["failed"] < after:
        await asyncio.sleep(RETRY_S / 4)
    control.heal()


async def _live(plan: Plan, control: Control, speaker: _Speaker) -> None:
    venue = await Venue.open(Settings(data_dir=Path(plan.directory), snapshot_commands=10**9))
    speaker.say("opened", snapshot.digest(venue.core), venue.core.seq, control["count"])
    healing = asyncio.create_task(_heal(control, plan.heal_after)) if plan.heal_after else None
    await _Clients(venue, plan, speaker).trade()
    speaker.say("blocked", venue.sequencer.blocks)
    if healing is not None:
        healing.cancel()
    await venue.close()
    speaker.say("closed", snapshot.digest(venue.core))


async def _start(plan: Plan) -> None:
    """Start a whole exchange and stop it as soon as it serves."""
    settings = Settings(
        data_dir=Path(plan.directory),
        families=("GPU1",),
        port=0,
        marketdata_port=0,
        accounts=tuple(AccountSetting(name) for name in plan.accounts),
    )
    exchange = Exchange(settings)
    try:
        await exchange.start(lambda said: None)
    finally:
        await exchange.stop()


def _child(plan: Plan, control: Control, descriptor: int) -> None:
    speaker = _Speaker(descriptor)
    steps, statements = StepCounter(), StatementCounter(plan.statement, careless=plan.careless)
    try:
        statements.watch(CHECKPOINT_PAGES)
        steps.watch(plan.watched or ([plan.step[0]] if plan.step else []), plan.step)
        control.arm(plan.faults or Faults(match=plan.directory))
        life = _start(plan) if plan.accounts else _live(plan, control, speaker)
        asyncio.run(asyncio.wait_for(life, LIFE_S))
    except Exception as error:  # noqa: BLE001 - how a life ends is what is asked for
        speaker.say("error", f"{type(error).__name__}: {error}")
    control["armed"] = 0
    speaker.say("counted", dict(steps.reached), statements.points)


def _told(lines: bytes, life: Life) -> None:
    for line in lines.split(b"\n")[:-1]:
        kind, *said = msgspec.json.decode(line)
        if kind == "acknowledged":
            life.acknowledged.append(tuple(said))
        elif kind == "refused":
            life.refused.append(tuple(said))
        elif kind == "opened":
            life.opened, life.opened_seq, life.calls_open = said
        elif kind == "blocked":
            life.blocks = said[0]
        elif kind == "closed":
            life.closed = said[0]
        elif kind == "error":
            life.error = said[0]
        else:
            life.reached, life.points = said


def lived(plan: Plan, control: Control) -> Life:
    """Run one life in a child process and return what became of it."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reading)
        # What it logs is of its own making; only its end and its answers count.
        with contextlib.suppress(BaseException):
            _child(plan, control, writing)
        os._exit(0)
    os.close(writing)
    lines = b""
    while piece := os.read(reading, 65_536):
        lines += piece
    os.close(reading)
    _, status = os.waitpid(pid, 0)
    life = Life(status=status, calls=control["count"], failed=control["failed"])
    life.trace = list(map(int, control.ops()))
    control["armed"] = 0
    _told(lines, life)
    return life


def main() -> None:
    """Serve plans from standard input until it ends."""
    logging.disable(logging.CRITICAL)
    control = Control(Path(os.environ[CONTROL_VARIABLE]))
    warm_up()
    writer.LogWriter.__init__.__defaults__ = (writer.QUICK_S, RETRY_S)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    for line in sys.stdin:
        life = lived(msgspec.json.decode(line, type=Plan), control)
        sys.stdout.write(msgspec.json.encode(life).decode() + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
