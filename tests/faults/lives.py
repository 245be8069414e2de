"""Lives of venues from a test's side: plans to the driver, and what must hold whatever ended them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from exchange import audit
from exchange.core import layout as at
from exchange.core import snapshot
from exchange.core.commands import Command
from exchange.core.core import Core
from exchange.core.layout import EventKind
from exchange.log.store import CommandLog
from tests.faults import script
from tests.faults.driver import Life, Plan
from tests.faults.shim import Control, Faults

START_S = 240.0
"""A machine that has never run it compiles first."""
KILLED = signal.SIGKILL.value


class Driver:
    """The process that lets venues live and die; started once, under the library."""

    def __init__(self, folder: Path, library: Path) -> None:
        self.control = Control(folder / "control")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.driver"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, **self.control.environment(library)},
        )
        assert self._line() == "ready\n"

    def live(self, plan: Plan) -> Life:
        """Let one venue live by a plan."""
        assert self._process.stdin is not None
        self._process.stdin.write(msgspec.json.encode(plan).decode() + "\n")
        self._process.stdin.flush()
        return msgspec.json.decode(self._line(), type=Life)

    def _line(self) -> str:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, f"the driver ended with status {self._process.poll()}"
        return line

    def close(self) -> None:
        """End it."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            # On a busy machine: it has nothing left to do.
            self._process.kill()
            self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()


class History:
    """All that the clients of one directory's venue were told, over all its lives."""

    def __init__(self, directory: Path, *, seed: int = 1, orders: int = 120) -> None:
        self.directory = directory
        self.commands = script.commands(seed, orders)
        self.acknowledged: dict[int, int] = {}
        """seq -> place in the script."""
        self.answered: set[int] = set()
        """Places that need not be sent again."""
        self.uncertain = False
        """Whether commands were sent of which nobody knows the fate."""
        self._seed, self._orders = seed, orders

    def faults(self, **fields: Any) -> Faults:
        """Return faults of the calls on this directory's files."""
        return Faults(match=str(self.directory), **fields)

    def plan(self, **fields: object) -> Plan:
        """Return the plan of the next life: what is not answered yet is sent, again where it was sent."""
        unanswered = [place for place in range(len(self.commands)) if place not in self.answered]
        plan = Plan(
            directory=str(self.directory), seed=self._seed, orders=self._orders, places=unanswered
        )
        return msgspec.structs.replace(plan, **fields)

    def add(self, life: Life) -> None:
        """Remember what the clients were told in a life."""
        for place, seq, _ in life.acknowledged:
            assert seq not in self.acknowledged, f"seq {seq} was given twice"
            self.acknowledged[seq] = place
            self.answered.add(place)
        self.uncertain |= life.status != 0 or not all(certain for _, certain, _ in life.refused)

    def check(self, life: Life | None = None) -> Core:
        """Look for all of it in the log, and for nothing else; return the core after it.

        life: the last one, if it told digests: they must be those of a replay.
        """
        core = Core()
        accepted: Counter[str] = Counter()
        digests = {0: snapshot.digest(core)}
        try:
            log = CommandLog(self.directory, writable=False)
        except FileNotFoundError:
            assert not self.acknowledged, "acknowledged and lost: there is no log"
            return core
        try:
            for batch in log.read():
                self._compare(batch.rows, batch.texts)
                for row in core.apply(batch).tolist():
                    if row[at.EVENT_KIND] == EventKind.ACCEPTED:
                        place = row[at.EVENT_SEQ] - int(batch.rows[0, at.COMMAND_SEQ])
                        accepted[batch.texts[place]] += 1
                if life is not None and core.seq == life.opened_seq:
                    digests[core.seq] = snapshot.digest(core)
        finally:
            log.close()
        lost = {seq for seq in self.acknowledged if seq > core.seq}
        assert not lost, f"acknowledged and lost: {sorted(lost)}"
        assert max(accepted.values(), default=1) == 1, "a client order took effect twice"
        assert sound(self.directory) == []
        if life is not None and life.opened:
            assert life.opened == digests[life.opened_seq], "recovered to another state"
        if life is not None and life.closed:
            assert life.closed == snapshot.digest(core), "went on in another state"
        return core

    def finish(self, driver: Driver) -> Core:
        """Let the venue live on unharmed until all is answered; return the core at the end, checked."""
        life = driver.live(self.plan())
        assert (life.status, life.error, life.refused, life.blocks) == (0, "", [], 0)
        self.add(life)
        core = self.check(life)
        assert len(self.answered) == len(self.commands)
        return core

    def _compare(self, rows: np.ndarray[Any, Any], texts: dict[int, str]) -> None:
        """The log holds the commands that were acknowledged, each at its place, and others that were sent."""
        for index, row in enumerate(rows):
            seq = int(row[at.COMMAND_SEQ])
            packed, text = row[at.COMMAND_KIND :].tobytes(), texts.get(index, "")
            place = self.acknowledged.get(seq)
            if place is not None:
                assert _is(self.commands[place], packed, text), f"seq {seq} is another command"
            else:
                assert self.uncertain, f"seq {seq} is in the log, and nobody was told so"
                sent = any(_is(one, packed, text) for one in self.commands)
                assert sent, f"nobody sent what is at seq {seq}"


def _is(command: Command, packed: bytes, text: str) -> bool:
    wanted = command.packed()
    return command.text == text and packed.startswith(wanted) and not any(packed[len(wanted) :])


def economy(core: Core) -> list[object]:
    """Return what a market came to, whatever was sent twice: money, positions, and what rests in the books."""
    accounts, listed = range(len(core.account_names)), range(len(core.specs))
    money = [int(core.account(number)[at.ACCOUNT_CASH_MICROS]) for number in accounts]
    held = [
        int(core.position(account, instrument)[at.POSITION_LOTS])
        for account in accounts
        for instrument in listed
    ]
    return [core.account_names, money, held, core.books.live, int(core.venue[at.VENUE_TRADES])]


def sound(directory: Path) -> list[str]:
    """Return what `cfx verify` finds wrong with a log."""
    return [
        f"{finding.check}: {problem}"
        for finding in audit.verify(directory, every=10**9)
        for problem in finding.problems
    ]
