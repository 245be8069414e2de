"""The named steps of commit, snapshot and recovery, and how a process dies at one of them.

A step is the entry or the end of a function of the product, named by where it stands; a name that no longer
exists fails the tests, so that the table follows the code.
"""

from __future__ import annotations

import functools
import importlib
import inspect
import os
import signal
import sqlite3
from collections import Counter
from collections.abc import Callable
from typing import Any, NamedTuple


class Step(NamedTuple):
    """``edge`` of a function: "before" it does anything, or "after" all of it."""

    name: str
    function: str
    edge: str


COMMIT = (
    Step("taken from the queue", "exchange.sequencer:Sequencer._commit", "before"),
    Step("before the batch is encoded", "exchange.log.codec:encode", "before"),
    Step("encoded", "exchange.log.codec:encode", "after"),
    Step("before the batch goes to the log", "exchange.log.store:CommandLog.append", "before"),
    Step("durable, not noted in the mark", "exchange.log.watermark:HighWaterMark.note", "before"),
    Step("durable, not applied", "exchange.log.store:CommandLog.append", "after"),
    Step("applied to the core", "exchange.core.core:Core.apply", "after"),
    Step("before the answers", "exchange.sequencer:Sequencer._tell", "before"),
    Step("answered, not published", "exchange.sequencer:Sequencer._tell", "after"),
    Step("published", "exchange.sequencer:Sequencer._committed", "after"),
)
SNAPSHOT = (
    Step("snapshot begins", "exchange.replica:Replica.snapshot", "before"),
    Step("core of the snapshot taken", "exchange.core.snapshot:take", "after"),
    Step("views of the snapshot taken", "exchange.views.views:Views.snapshot", "after"),
    Step("market of the snapshot taken", "marketdata.market:Market.snapshot", "after"),
    Step("before the snapshot is saved", "exchange.log.store:CommandLog.save_snapshot", "before"),
    Step("snapshot saved", "exchange.log.store:CommandLog.save_snapshot", "after"),
)
RECOVERY = (
    Step("before the lock", "exchange.log.store:_locked", "before"),
    Step("locked", "exchange.log.store:_locked", "after"),
    Step("rules looked at", "exchange.log.store:CommandLog._check_rules", "after"),
    Step("mark looked at", "exchange.log.store:CommandLog._check_mark", "after"),
    Step("log open", "exchange.log.store:CommandLog.__init__", "after"),
    Step("snapshot read", "exchange.core.snapshot:restore", "before"),
    Step("core restored", "exchange.core.snapshot:restore", "after"),
    Step("replica loaded", "exchange.replica:Replica.load", "after"),
    Step("batch of the tail decoded", "exchange.log.codec:decode", "after"),
    Step("batch of the tail applied", "exchange.replica:PublicReplica.pass_over", "after"),
    Step("views settled", "exchange.replica:Replica.settle", "after"),
    Step("recovered", "exchange.venue:recover_all", "after"),
    Step("before the warm-up", "exchange.venue:warm_up", "before"),
    Step("warm", "exchange.venue:warm_up", "after"),
)
EXCHANGE = (
    Step("began, nothing listed", "exchange.venue:Venue.require_together", "after"),
    Step("first step of the schedule", "exchange.schedule:Schedule.step", "before"),
    Step("first step done", "exchange.schedule:Schedule.step", "after"),
    Step("before the keys", "exchange.serving:Exchange._open_accounts", "before"),
    Step("account opened", "exchange.venue:Venue.open_account", "after"),
    Step("before keys.json", "exchange.serving:write_keys_json", "before"),
    Step("keys.json written", "exchange.serving:write_keys_json", "after"),
    Step("a key made", "exchange.gateway.keys:KeyStore.create", "after"),
    Step("keys done", "exchange.serving:Exchange._open_accounts", "after"),
    Step("before listening", "exchange.gateway.server:GatewayServer.start", "before"),
    Step("listening", "exchange.gateway.server:GatewayServer.start", "after"),
)
"""What a whole exchange does when it starts, beyond what its venue does."""

STEPS = {step.name: step for step in (*COMMIT, *SNAPSHOT, *RECOVERY, *EXCHANGE)}


def owner_of(step: Step) -> tuple[Any, str]:
    """Return the module or class that a step's function stands in, and its name there."""
    module, _, path = step.function.partition(":")
    owner: Any = importlib.import_module(module)
    *outer, last = path.split(".")
    for name in outer:
        owner = getattr(owner, name)
    return owner, last


def die() -> None:
    """End this process as kill -9 does."""
    os.kill(os.getpid(), signal.SIGKILL)


class StepCounter:
    """Counts how often steps are reached in this process, and ends it at the n-th time of one."""

    def __init__(self) -> None:
        self.reached: Counter[str] = Counter()
        self._deadly: tuple[str, int] | None = None

    def watch(self, names: list[str], deadly: tuple[str, int] | None) -> None:
        """Wrap the functions of these steps; deadly: the step and its time at which to die."""
        self._deadly = deadly
        for name in names:
            self._wrap(STEPS[name])

    def count(self, name: str) -> None:
        """Reach a step."""
        self.reached[name] += 1
        if self._deadly == (name, self.reached[name]):
            die()

    def _wrap(self, step: Step) -> None:
        owner, name = owner_of(step)
        setattr(owner, name, self._counted(getattr(owner, name), step))

    def _counted(self, function: Callable[..., Any], step: Step) -> Callable[..., Any]:
        if step.edge == "before":

            @functools.wraps(function)
            def wrapped(*arguments: Any, **named: Any) -> Any:
                self.count(step.name)
                return function(*arguments, **named)

            return wrapped

        if inspect.iscoroutinefunction(function):

            @functools.wraps(function)
            async def awaited(*arguments: Any, **named: Any) -> Any:
                result = await function(*arguments, **named)
                self.count(step.name)
                return result

            return awaited

        @functools.wraps(function)
        def after(*arguments: Any, **named: Any) -> Any:
            result = function(*arguments, **named)
            self.count(step.name)
            return result

        return after


class StatementCounter:
    """Counts the SQL statements of this process, two points each: before one, and after it.

    careless: lets nothing be synced, whatever the product asks for.
    """

    def __init__(self, deadly: int, *, careless: bool = False) -> None:
        self.points: list[str] = []
        self.careless = careless
        self._deadly = deadly

    def watch(self, pages: int) -> None:
        """Count from now on; pages: of the write-ahead log after which SQLite checkpoints it."""
        counter = self

        class Counted(sqlite3.Connection):
            def execute(self, statement: str, *rest: Any) -> sqlite3.Cursor:
                counter.reach(f"before {_shown(statement)}")
                if counter.careless and statement.startswith("PRAGMA synchronous="):
                    statement = "PRAGMA synchronous=OFF"
                cursor = super().execute(statement, *rest)
                counter.reach(f"after {_shown(statement)}")
                return cursor

            def executescript(self, statements: str) -> sqlite3.Cursor:
                counter.reach(f"before {_shown(statements)}")
                cursor = super().executescript(statements)
                counter.reach(f"after {_shown(statements)}")
                return cursor

        connect = sqlite3.connect

        def connected(*arguments: Any, **named: Any) -> sqlite3.Connection:
            found = connect(*arguments, **{"factory": Counted, **named})
            sqlite3.Connection.execute(found, f"PRAGMA wal_autocheckpoint={pages}")
            return found

        sqlite3.connect = connected  # type: ignore[assignment]

    def reach(self, point: str) -> None:
        """Reach a point; die at the one that was chosen."""
        self.points.append(point)
        if len(self.points) == self._deadly:
            die()


def _shown(statement: str) -> str:
    return " ".join(statement.split()[:4])
