"""What operators hold against the venue's own prints, marks and limits, and until when."""

from __future__ import annotations

from exchange.core.actions import Action
from exchange.core.layout import EVENT_SEQ
from exchange.views.orders import Row


def index_hold(name: str) -> str:
    """Return the name of the hold on an index's prints."""
    return f"index:{name}"


def mark_hold(name: str) -> str:
    """Return the name of the hold on an instrument's mark."""
    return f"mark:{name}"


def limit_hold(name: str) -> str:
    """Return the name of the hold on an instrument's position limit."""
    return f"limit:{name}"


class HoldView:
    """The time until which each hold lasts, UTC nanoseconds; whoever prints and marks by the clock asks."""

    def __init__(self) -> None:
        self.until_ns: dict[str, int] = {}
        self._former: dict[int, tuple[str, int]] = {}
        """What each of the newest action's commands took the place of, should it be refused."""

    def is_held(self, name: str, now_ns: int) -> bool:
        """Say whether a hold lasts at a time."""
        return self.until_ns.get(name, 0) > now_ns

    def take(self, row: Row, action: Action) -> None:
        """Apply an ACTION_TAKEN row: its commands' holds replace those of the same name."""
        self._former = {}
        for seq, name in enumerate(action.holds, row[EVENT_SEQ] + 1):
            self._former[seq] = (name, self.until_ns.get(name, 0))
            self._set(name, action.hold_until_ns)

    def refuse(self, row: Row) -> None:
        """Apply the REJECTED row of one of the newest action's commands: it held nothing."""
        if row[EVENT_SEQ] in self._former:
            self._set(*self._former[row[EVENT_SEQ]])

    def _set(self, name: str, until_ns: int) -> None:
        self.until_ns.pop(name, None)
        if until_ns:
            self.until_ns[name] = until_ns

    def snapshot(self) -> dict[str, int]:
        """Return every hold by name, ended ones included."""
        return dict(sorted(self.until_ns.items()))

    def restore(self, saved: dict[str, int]) -> None:
        """Become the holds that were saved."""
        self.until_ns = dict(saved)
        self._former = {}
