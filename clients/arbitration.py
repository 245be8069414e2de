"""Arbitration between lines that carry the same messages: the first copy of each counts.

Market-data nodes publish byte-identical messages in the same order, so several lines are one stream that
may come late, twice, or from the middle on. Books are joined by change ids, trades by their sequence
numbers, and what has neither by the messages themselves: each line's place among those that were taken
is known once one of its messages is recognised. What a line is ahead of is held until another line
has brought what is between, or none can any more.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

HISTORY = 8_192
"""Messages of a channel that are recognised again when a slower line brings them."""
BOOK_WORDS = (3, 4)
"""Words in the name of a channel of snapshot and changes; one that tells a book whole has five."""
HELD = 8_192
"""Messages that a line may be ahead, a channel; beyond them it is taken as it is."""


class ArbiterCounts(msgspec.Struct):
    """What became of the messages of all lines."""

    taken: int = 0
    repeated: int = 0
    """Copies of what had come already."""


class _BookKey(msgspec.Struct):
    change_id: int = 0
    prev_change_id: int | None = None
    type: str = ""


class _TradeKey(msgspec.Struct):
    instrument_name: str
    trade_seq: int


_book_key = msgspec.json.Decoder(_BookKey)
_trades = msgspec.json.Decoder(list[msgspec.Raw])
_trade_key = msgspec.json.Decoder(_TradeKey)


class _Numbered(ABC):
    """What a line brought and is not taken yet, for channels whose messages say what they follow."""

    def __init__(self) -> None:
        self.held: dict[int, deque[tuple[Any, msgspec.Raw]]] = {}
        self.senior = 0
        """The line that is up for the longest time."""

    def alone(self, line: int) -> list[msgspec.Raw]:
        """Return what the last line that is left brought: nobody else can bring what is between."""
        return self._follow(line, wait=False)

    def lose(self, line: int) -> None:
        """Forget what a line brought that is gone."""
        self.held.pop(line, None)

    def _of(self, line: int) -> deque[tuple[Any, msgspec.Raw]]:
        return self.held.setdefault(line, deque())

    def _settle(self, line: int, lines: Sequence[int]) -> list[msgspec.Raw]:
        """Return what is new since a line brought something, the lines that were ahead included."""
        self.senior = lines[0] if lines else line
        wait = len(lines) > 1 and len(self._of(line)) <= HELD
        taken = self._follow(line, wait=wait)
        waiting = [other for other, held in self.held.items() if held]
        if len(waiting) >= max(1, len(lines)) and not taken:
            # All wait for one another: the one that is least ahead goes first.
            least = min(waiting, key=lambda other: self._number(self.held[other][0][0]))
            taken = self._follow(least, wait=False)
        moved = bool(taken)
        while moved:
            more = [raw for other in list(self.held) for raw in self._follow(other, wait=True)]
            taken += more
            moved = bool(more)
        return taken

    @abstractmethod
    def _number(self, key: Any) -> int:
        """Return where a message stands among those of its channel."""

    @abstractmethod
    def _follow(self, line: int, *, wait: bool) -> list[msgspec.Raw]:
        """Return what of a line's is new, in order; wait: only as far as nothing is missing before it."""


class _Books(_Numbered):
    """One book's changes, joined by their ids."""

    def __init__(self) -> None:
        super().__init__()
        self.change_id: int | None = None

    def take(self, line: int, raw: msgspec.Raw, lines: Sequence[int]) -> list[msgspec.Raw]:
        """Take a message of a line; lines: those that are up, the first one longest."""
        self._of(line).append((_book_key.decode(raw), raw))
        return self._settle(line, lines)

    def _number(self, key: _BookKey) -> int:
        return key.change_id

    def _follow(self, line: int, *, wait: bool) -> list[msgspec.Raw]:
        held, taken = self._of(line), list[msgspec.Raw]()
        while held:
            key, raw = held[0]
            last = self.change_id
            if last is None or key.change_id > last:
                follows = last is None or key.prev_change_id == last
                if wait and not follows:
                    break
                self.change_id = key.change_id
                taken.append(raw)
            held.popleft()
        return taken


class _Trades(_Numbered):
    """Trades of one channel, joined by each instrument's sequence numbers."""

    def __init__(self) -> None:
        super().__init__()
        self.seqs: dict[str, int] = {}

    def take(self, line: int, raw: msgspec.Raw, lines: Sequence[int]) -> list[msgspec.Raw]:
        """Take a message of a line; lines: those that are up, the first one longest."""
        trades = [msgspec.Raw(bytes(trade)) for trade in _trades.decode(raw)]
        self._of(line).extend((_trade_key.decode(trade), trade) for trade in trades)
        return _joined(self._settle(line, lines))

    def alone(self, line: int) -> list[msgspec.Raw]:
        """Return what the last line that is left brought."""
        return _joined(super().alone(line))

    def _number(self, key: _TradeKey) -> int:
        return key.trade_seq

    def _follow(self, line: int, *, wait: bool) -> list[msgspec.Raw]:
        held, taken = self._of(line), list[msgspec.Raw]()
        ahead: list[tuple[Any, msgspec.Raw]] = []
        while held:
            key, raw = held.popleft()
            last = self.seqs.get(key.instrument_name)
            if last is not None and key.trade_seq <= last:
                continue
            # Of an instrument's first trades only who listens longest knows which they are.
            follows = line == self.senior if last is None else key.trade_seq == last + 1
            if wait and not follows:
                ahead.append((key, raw))
                continue
            self.seqs[key.instrument_name] = key.trade_seq
            taken.append(raw)
        held.extend(ahead)
        return taken


class _Unnumbered:
    """Messages that say nothing of their order: each line's place among those that were taken."""

    def __init__(self) -> None:
        self.taken = 0
        self.places: dict[int, int] = {}
        self.held: dict[int, deque[msgspec.Raw]] = {}
        self._history: deque[int] = deque(maxlen=HISTORY)
        self._newest: dict[int, int] = {}

    def take(self, line: int, raw: msgspec.Raw, lines: Sequence[int]) -> list[msgspec.Raw]:
        """Take a message of a line; lines: those that are up, the first one longest."""
        mark, place = hash(bytes(raw)), self.places.get(line)
        if place == self.taken:
            return self._accept(line, [raw])
        if place is None or not self._is_at(place, mark):
            # Its state, or what came behind a state that it got as a slow reader.
            self.places.pop(line, None)
            known = self._newest.get(mark)
            if known is None:
                if len(lines) > 1 and (self.places or line != lines[0]):
                    # A line that listens longer brings it too, or what comes before it.
                    self.held.setdefault(line, deque(maxlen=HELD)).append(raw)
                    return []
                return self._accept(line, [raw])
            place = known
            self.held.pop(line, None)
        self.places[line] = place + 1
        return []

    def alone(self, line: int) -> list[msgspec.Raw]:
        """Return what the last line that is left brought and nobody recognised."""
        held = list(self.held.pop(line, ()))
        if len(held) > 1:
            # The first one is a state, which those behind it replace.
            return self._accept(line, held[1:])
        if held:
            # Nothing tells whether it is newer than what was taken, so what follows it is taken again.
            self._history.clear()
            self._newest.clear()
        return self._accept(line, held)

    def lose(self, line: int) -> None:
        """Forget a line that is gone."""
        self.held.pop(line, None)
        self.places.pop(line, None)

    def _is_at(self, place: int, mark: int) -> bool:
        at = place - (self.taken - len(self._history))
        return 0 <= at < len(self._history) and self._history[at] == mark

    def _accept(self, line: int, raws: Sequence[msgspec.Raw]) -> list[msgspec.Raw]:
        taken: list[msgspec.Raw] = []
        self.held.pop(line, None)
        for raw in raws:
            mark = hash(bytes(raw))
            if len(self._history) == HISTORY:
                oldest = self._history[0]
                if self._newest.get(oldest) == self.taken - HISTORY:
                    del self._newest[oldest]
            self._history.append(mark)
            self._newest[mark] = self.taken
            self.taken += 1
            taken.append(raw)
            self.places[line] = self.taken
            taken += self._recognise(mark)
        return taken

    def _recognise(self, mark: int) -> list[msgspec.Raw]:
        """Find a line that is ahead by what was just taken, and take what it holds behind that."""
        for line, held in list(self.held.items()):
            marks = [hash(bytes(raw)) for raw in held]
            if mark in marks:
                behind = list(held)[marks.index(mark) + 1 :]
                del self.held[line]
                self.places[line] = self.taken
                return self._accept(line, behind)
        return []


def _joined(trades: list[msgspec.Raw]) -> list[msgspec.Raw]:
    return (
        [msgspec.Raw(b"[" + b",".join(bytes(trade) for trade in trades) + b"]")] if trades else []
    )


class Arbiter:
    """Takes the messages of all lines, and gives each once, in order; no I/O."""

    def __init__(self) -> None:
        self.counts = ArbiterCounts()
        self._up: dict[int, None] = {}
        self._channels: dict[str, _Books | _Trades | _Unnumbered] = {}

    def line_up(self, line: int) -> None:
        """Know that a line begins; each of its channels begins with its state."""
        self._up.pop(line, None)
        self._up[line] = None

    def line_down(self, line: int) -> list[tuple[str, msgspec.Raw]]:
        """Know that a line is gone; return what was held in the hope for it."""
        self._up.pop(line, None)
        found = []
        for name, channel in self._channels.items():
            channel.lose(line)
            if len(self._up) == 1:
                (left,) = self._up
                found += [(name, raw) for raw in channel.alone(left)]
        self.counts.taken += len(found)
        return found

    def forget(self, channels: Iterable[str]) -> None:
        """Begin channels anew, as when nothing of them had come."""
        for name in channels:
            self._channels.pop(name, None)

    def take(self, line: int, name: str, raw: msgspec.Raw) -> list[msgspec.Raw]:
        """Take a channel's message from a line; return what is new by it, in order."""
        channel = self._channels.get(name)
        if channel is None:
            channel = self._channels[name] = _made(name)
        # The line's buffer is used again, and what is held must last.
        taken = channel.take(line, msgspec.Raw(bytes(raw)), list(self._up))
        self.counts.taken += len(taken)
        self.counts.repeated += not taken
        return taken


def _made(name: str) -> _Books | _Trades | _Unnumbered:
    words = name.split(".")
    if words[0] == "book" and len(words) in BOOK_WORDS:
        return _Books()
    return _Trades() if words[0] == "trades" else _Unnumbered()
