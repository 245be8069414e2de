"""What waits for all the subscribers of one set of channels, worked out once for all of them."""

from __future__ import annotations

from collections.abc import Iterable

from marketdata.feed import Feed, Frame


class Backlog:
    """What waits for every subscriber of one set of channels at one position."""

    __slots__ = ("_wire", "frames", "lagging")

    def __init__(self, frames: list[Frame], lagging: bool) -> None:
        self.frames = frames
        self.lagging = lagging
        """The ring of a channel no longer holds all that waits."""
        self._wire: bytes | None = None

    @property
    def wire(self) -> bytes:
        """The frames joined, to be written at once."""
        if self._wire is None:
            self._wire = b"".join([frame.wire for frame in self.frames])
        return self._wire


class Bundle:
    """One set of channels, shared by all subscribers that have exactly these."""

    __slots__ = ("__weakref__", "_backlogs", "_computed_at", "_last_number", "feeds")

    def __init__(self, feeds: Iterable[Feed]) -> None:
        self.feeds = tuple(feeds)
        self._computed_at = -1
        self._last_number = 0
        self._backlogs: dict[int, Backlog] = {}

    def _refresh(self, number: int) -> None:
        if number != self._computed_at:
            self._computed_at = number
            self._backlogs.clear()
            self._last_number = max((feed.last_number for feed in self.feeds), default=0)

    def last_number(self, number: int) -> int:
        """Return the number of the newest frame; number: the publisher's."""
        self._refresh(number)
        return self._last_number

    def backlog(self, position: int, number: int) -> Backlog:
        """Return what waits after a position; number: the publisher's."""
        self._refresh(number)
        backlog = self._backlogs.get(position)
        if backlog is None:
            lagging = any(feed.evicted_number > position for feed in self.feeds)
            frames = [] if lagging else merged((feed, position) for feed in self.feeds)
            backlog = self._backlogs[position] = Backlog(frames, lagging)
        return backlog


def merged(positions: Iterable[tuple[Feed, int]]) -> list[Frame]:
    """Return the frames of several feeds, each after its own position, in order."""
    frames = [frame for feed, position in positions for frame in feed.since(position)]
    frames.sort(key=lambda frame: frame.number)
    return frames
