"""Several commands of one request through the sequencer, and one answer when all are applied."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

from exchange.core.commands import Command
from exchange.core.layout import CommandKind
from exchange.gateway.errors import RpcError, matching_engine_queue_full, system_maintenance
from exchange.sequencer import Done, Outcome, SequencerFull, SequencerStopped

if TYPE_CHECKING:
    from exchange.venue import Venue

_LINKED = int(CommandKind.LINKED)
_ACTION = int(CommandKind.ACTION)

Applied: TypeAlias = Callable[["list[Outcome] | RpcError"], None]


def submit(venue: Venue, commands: list[Command], applied: Applied) -> None:
    """Sequence commands; ``applied`` gets all outcomes in order once all are durable and applied.

    An order and those linked to it go together, an operator's action and its commands too: all are
    taken, or none. Raises RpcError 10047 or 11051 when the first one is not taken: then nothing happened.
    Where a later one is not taken, or the log fails, ``applied`` gets the error.
    """
    if len(commands) == 1:

        def done(outcome: Outcome | SequencerStopped) -> None:
            if isinstance(outcome, SequencerStopped):
                applied(system_maintenance(str(outcome)))
            else:
                applied([outcome])

        submit_one(venue, commands[0], done)
    elif commands:
        _Gathering(venue, commands, applied)
    else:
        applied([])


def submit_one(venue: Venue, command: Command, done: Done) -> None:
    """Sequence one command; raises RpcError 10047 or 11051 when it is not taken."""
    try:
        venue.submit(command, done)
    except SequencerFull:
        raise matching_engine_queue_full() from None
    except SequencerStopped as stopped:
        raise system_maintenance(str(stopped)) from None


def _submit_together(venue: Venue, commands: list[Command], done: Done) -> None:
    try:
        venue.sequencer.submit_together(commands, done)
    except SequencerFull:
        raise matching_engine_queue_full() from None
    except SequencerStopped as stopped:
        raise system_maintenance(str(stopped)) from None


class _Gathering:
    """The outcomes of one request's commands, until the last has come; they come in order."""

    def __init__(self, venue: Venue, commands: list[Command], applied: Applied) -> None:
        self._applied = applied
        self._outcomes: list[Outcome] = []
        self._error: RpcError | None = None
        self._missing = len(commands)
        if commands[0].kind == _ACTION or any(one.kind == _LINKED for one in commands):
            _submit_together(venue, commands, self._done)
            return
        for taken, command in enumerate(commands):
            try:
                venue.submit(command, self._done)
            except (SequencerFull, SequencerStopped) as refused:
                stopped = isinstance(refused, SequencerStopped)
                name = "system_maintenance" if stopped else "matching_engine_queue_full"
                reason = f"{taken} of {len(commands)} commands were taken: {refused}"
                error = RpcError.named(name, reason, taken=taken)
                if not taken:
                    raise error from None
                self._error = error
                self._missing = taken
                return

    def _done(self, outcome: Outcome | SequencerStopped) -> None:
        if isinstance(outcome, SequencerStopped):
            self._error = system_maintenance(str(outcome))
        else:
            self._outcomes.append(outcome)
        self._missing -= 1
        if self._missing == 0:
            self._applied(self._outcomes if self._error is None else self._error)
