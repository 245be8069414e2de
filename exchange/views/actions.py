"""What operators did, why, and what became of it, as told by the core's events."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

import msgspec

from exchange.core.actions import Action
from exchange.core.layout import EVENT_QTY_LOTS, EVENT_SEQ, EVENT_TAG, EVENT_TS_NS
from exchange.views.orders import Row

ACTIONS_KEPT = 5_000


class TakenAction(msgspec.Struct, array_like=True):
    """One action in the log; its commands are those of ``seq + 1`` to ``seq + commands``.

    refused: the core's Reason by the sequence number of each command that it rejected.
    """

    seq: int
    ts_ns: int
    commands: int
    action: Action
    refused: dict[int, int] = {}


class ActionView:
    """The newest ``kept`` actions; the log has them all."""

    def __init__(self, kept: int = ACTIONS_KEPT) -> None:
        self._actions: deque[TakenAction] = deque(maxlen=kept)
        self.last_seq = 0
        """Sequence number of the newest action's last command."""

    def take(self, row: Row, action: Action) -> None:
        """Apply an ACTION_TAKEN row."""
        commands = row[EVENT_QTY_LOTS]
        self._actions.append(TakenAction(row[EVENT_SEQ], row[EVENT_TS_NS], commands, action))
        self.last_seq = row[EVENT_SEQ] + commands

    def refuse(self, row: Row) -> None:
        """Apply the REJECTED row of one of the newest action's commands."""
        if self._actions:
            self._actions[-1].refused[row[EVENT_SEQ]] = row[EVENT_TAG]

    def newest(self, before_seq: int | None = None) -> Iterator[TakenAction]:
        """Give the actions, newest first; before_seq: only those with a lower sequence number."""
        for taken in reversed(self._actions):
            if before_seq is None or taken.seq < before_seq:
                yield taken

    def snapshot(self) -> bytes:
        """Return the whole view as MessagePack; equal views give equal bytes."""
        return msgspec.msgpack.encode(list(self._actions))

    def restore(self, snapshot: bytes) -> None:
        """Become the view that was saved; raises ``msgspec.DecodeError`` for other bytes."""
        saved = msgspec.msgpack.decode(snapshot, type=list[TakenAction])
        self._actions = deque(saved, self._actions.maxlen)
        self.last_seq = saved[-1].seq + saved[-1].commands if saved else 0
