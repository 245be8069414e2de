"""The channels that a client wants, and the books that it keeps whole through them."""

from __future__ import annotations

from collections.abc import Iterable

from clients.errors import ProtocolError
from clients.messages import Sizes
from clients.wire import decoder_of, sizes_of

PRIVATE_PREFIX = "user."
CHANGES = "user.changes.any.any.raw"
CLEARING = "user.clearing.any"
STATES = "instrument.state.any.any"


class Subscriptions:
    """Channel names in order of their wish; each is known to the decoder.

    One instrument may have one incremental book channel, since two would tear its book.
    """

    def __init__(self) -> None:
        self._names: dict[str, None] = {}

    def check(self, names: Iterable[str]) -> list[str]:
        """Return the names not wished for yet. Raises ProtocolError where one cannot be served."""
        books = {key: name for name in self._names if (key := _book_of(name))}
        fresh = []
        for name in dict.fromkeys(names):
            decoder_of(name)
            if name in self._names:
                continue
            key = _book_of(name)
            if key and books.setdefault(key, name) != name:
                raise ProtocolError(f"{name}: {books[key]} already feeds this book")
            fresh.append(name)
        return fresh

    def add(self, names: Iterable[str]) -> None:
        """Wish for channels, again after each reconnection."""
        self._names.update(dict.fromkeys(names))

    def remove(self, names: Iterable[str]) -> None:
        """Wish for channels no longer."""
        for name in names:
            self._names.pop(name, None)

    def remove_instrument(self, instrument: str) -> list[str]:
        """Wish for no channel of an instrument any longer, and return those that were."""
        gone = [name for name in self._names if instrument in name.split(".")]
        self.remove(gone)
        return gone

    def public(self) -> list[str]:
        """Return the channels about the market."""
        return [name for name in self._names if not name.startswith(PRIVATE_PREFIX)]

    def private(self) -> list[str]:
        """Return the channels about the account."""
        return [name for name in self._names if name.startswith(PRIVATE_PREFIX)]

    def __contains__(self, name: str) -> bool:
        return name in self._names


def _book_of(channel: str) -> tuple[str, Sizes] | None:
    words = channel.split(".")
    return (words[1], sizes_of(channel)) if words[0] == "book" and len(words) > 1 else None
