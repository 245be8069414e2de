"""Turns market changes into messages of the channels that somebody listens to; no I/O.

A message is encoded once and kept in its channel's ring. A subscriber is a position in the one
numbering of all frames, so that subscribers of the same channels at the same position share even
the joined bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence, Set
from weakref import WeakValueDictionary

import msgspec

from marketdata import notifications
from marketdata.bundle import Backlog, Bundle, merged
from marketdata.changes import Change, Interval
from marketdata.channels import Channel, ChannelKind, UnknownChannel, parse
from marketdata.feed import Feed, Frame
from marketdata.linked_book import LinkedBook
from marketdata.market import IndexPrint, Market

RING_FRAMES = 1024
"""Newest messages kept of each channel."""


MAX_CHANNELS = 200
"""Channels that one subscriber may have."""


class TooManyChannels(ValueError):  # noqa: N818 - the dialect's own words
    """A subscriber asked for more channels than its limit."""


class PublisherCounts(msgspec.Struct):
    """What a publisher did since it began."""

    messages: int = 0
    """Messages encoded, once a channel."""
    conflated: int = 0
    """Times a subscriber lost the ring of a channel and was given the state instead."""


class Publisher:
    """Messages of one market's channels; attach any number of Subscribers."""

    def __init__(self, market: Market, *, ring_frames: int = RING_FRAMES) -> None:
        if ring_frames < 1:
            raise ValueError(f"ring_frames {ring_frames} is below 1")
        self.market = market
        self.number = 0
        """Number of the newest frame of any channel."""
        self.counts = PublisherCounts()
        self._ring_frames = ring_frames
        self._feeds: dict[str, Feed] = {}
        self._routes: dict[tuple[int, Interval], list[Feed]] = {}
        self._linked: dict[Feed, LinkedBook] = {}
        self._bundles: WeakValueDictionary[frozenset[str], Bundle] = WeakValueDictionary()
        self._wakers: list[Callable[[], None]] = []
        self._woken_at = 0
        market.attach(self)

    def on_flush(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Call back after each batch that made messages; returns what ends it."""
        self._wakers.append(callback)

        def stop() -> None:
            if callback in self._wakers:
                self._wakers.remove(callback)

        return stop

    def parse(self, name: str) -> Channel:
        """Return the channel of a name; raises UnknownChannel."""
        return parse(name, self.market)

    def open_feed(self, channel: Channel) -> Feed:
        """Count one more subscriber of a channel and return its feed."""
        feed = self._feeds.get(channel.name)
        if feed is None:
            feed = Feed(channel, self._ring_frames, self.number)
            self._feeds[channel.name] = feed
            # Frames of one change are numbered by kind and name, not by who subscribed first.
            ordered = sorted(self._feeds.items(), key=lambda kv: (kv[1].channel.kind, kv[0]))
            self._feeds = dict(ordered)
            self._routes.clear()
            if channel.is_linked:
                self._linked[feed] = notifications.linked_book(self.market, channel)
        feed.subscribers += 1
        return feed

    def close_feed(self, feed: Feed) -> None:
        """Count one subscriber less; a channel without any is forgotten."""
        feed.subscribers -= 1
        if feed.subscribers == 0:
            del self._feeds[feed.channel.name]
            self._linked.pop(feed, None)
            self._routes.clear()

    def bundle(self, feeds: dict[str, Feed]) -> Bundle:
        """Return the shared bundle of a set of channels."""
        key = frozenset(feeds)
        bundle = self._bundles.get(key)
        if bundle is None or set(bundle.feeds) != set(feeds.values()):
            bundle = self._bundles[key] = Bundle(feeds.values())
        return bundle

    def state_of(self, feed: Feed) -> list[Frame]:
        """Return the frames that give a subscriber the channel's state as of ``number``."""
        frames = feed.state(self.number)
        if frames is None:
            payloads = notifications.states(self.market, feed.channel)
            frames = [feed.notification(self.number, data) for data in payloads]
            feed.keep_state(self.number, frames)
        return frames

    def on_index(self, index: IndexPrint) -> None:
        """Publish an index print."""
        for feed in self._feeds.values():
            if feed.channel.kind is ChannelKind.INDEX and feed.channel.index_name == index.name:
                self._push(feed, msgspec.json.encode(index.fields()))

    def wants(self, instrument_id: int, interval: Interval) -> bool:
        """Tell whether a channel with subscribers speaks of an instrument in this interval."""
        return bool(self._feeds_of(instrument_id, interval))

    def on_change(self, change: Change) -> None:
        """Publish the changes of one instrument."""
        for feed in self._feeds_of(change.instrument_id, change.interval):
            data = notifications.change(self.market, feed.channel, change)
            if data is not None:
                self._push(feed, data)

    def on_window(self, moved: Set[int]) -> None:
        """Publish the books of implied sizes in which moved instruments may have a part."""
        if not self._linked:
            return
        reach = self.market.cycles.reach
        for feed in self._feeds.values():
            book = self._linked.get(feed)
            if book is not None and not moved.isdisjoint(reach(book.instrument_id)):
                self._push(feed, notifications.linked_change(book, feed.channel))

    def on_end(self) -> None:
        """Wake the flushers when there is something to flush."""
        if self.number != self._woken_at:
            self._woken_at = self.number
            for waker in list(self._wakers):
                waker()

    def on_restore(self) -> None:
        """Make every subscriber start anew from the restored state."""
        self.number += 1
        self._routes.clear()
        for feed in self._feeds.values():
            feed.reset(self.number)
        for book in self._linked.values():
            book.begin_anew()
        self.on_end()

    def _feeds_of(self, instrument_id: int, interval: Interval) -> list[Feed]:
        key = (instrument_id, interval)
        feeds = self._routes.get(key)
        if feeds is None:
            instrument = self.market.board(instrument_id).instrument
            feeds = self._routes[key] = [
                feed
                for feed in self._feeds.values()
                if feed.channel.interval == interval
                and not feed.channel.is_linked
                and feed.channel.covers(instrument)
            ]
        return feeds

    def _push(self, feed: Feed, data: bytes) -> None:
        self.number += 1
        self.counts.messages += 1
        feed.push(self.number, data)


class Subscriber:
    """One listener: a set of channels and a position; must be closed."""

    __slots__ = (
        "_ahead",
        "_bundle",
        "_due",
        "_feeds",
        "_position",
        "_publisher",
        "conflated",
        "limit",
    )

    def __init__(self, publisher: Publisher, limit: int = MAX_CHANNELS) -> None:
        self.limit = limit
        self.conflated = 0
        """Times that a channel's lost messages were replaced by its state."""
        self._publisher = publisher
        self._feeds: dict[str, Feed] = {}
        self._bundle: Bundle = publisher.bundle(self._feeds)
        self._position = publisher.number
        """Every frame up to this number was taken, or belongs to no channel of ours."""
        self._ahead: dict[Feed, int] = {}
        """Feeds that are further than the position, since their state was taken."""
        self._due: dict[Feed, None] = {}
        """Feeds whose state is to be taken first."""

    @property
    def channels(self) -> list[str]:
        """Names of the channels, in the order of subscription."""
        return list(self._feeds)

    def subscribe(self, names: Sequence[str]) -> list[str]:
        """Add channels and return their names without doubles; each first gives its current state.

        A channel that is there already gives its state anew. Raises UnknownChannel and
        TooManyChannels, and then changes nothing.
        """
        channels = {name: self._publisher.parse(name) for name in names}
        if len(self._feeds.keys() | channels.keys()) > self.limit:
            raise TooManyChannels(f"more than {self.limit} channels")
        for name, channel in channels.items():
            feed = self._feeds.get(name)
            if feed is None:
                feed = self._feeds[name] = self._publisher.open_feed(channel)
            self._ahead.pop(feed, None)
            self._due[feed] = None
        self._bundle = self._publisher.bundle(self._feeds)
        return list(channels)

    def unsubscribe(self, names: Sequence[str]) -> list[str]:
        """Remove channels and return the names that were there; others are ignored."""
        found = [name for name in dict.fromkeys(names) if name in self._feeds]
        for name in found:
            feed = self._feeds.pop(name)
            self._ahead.pop(feed, None)
            self._due.pop(feed, None)
            self._publisher.close_feed(feed)
        self._bundle = self._publisher.bundle(self._feeds)
        return found

    def unsubscribe_all(self) -> None:
        """Remove every channel."""
        self.unsubscribe(list(self._feeds))

    def close(self) -> None:
        """Leave the publisher."""
        self.unsubscribe_all()

    @property
    def pending(self) -> bool:
        """Whether take() would return something."""
        if self._due:
            return True
        if self._bundle.last_number(self._publisher.number) <= self._position:
            return False
        if not self._ahead:
            return True
        return any(feed.last_number > self._at(feed) for feed in self._feeds.values())

    def take(self, max_frames: int | None = None) -> list[bytes]:
        """Return the encoded notifications that wait, oldest first.

        max_frames bounds them, but a channel's state is never cut. Where a ring no longer holds all
        that waits, the channel's state replaces it: for a book a new snapshot.
        """
        if max_frames is None and (backlog := self._whole()) is not None:
            return [frame.payload for frame in backlog.frames]
        return [frame.payload for frame in self._piecemeal(max_frames)]

    def take_wire(self, max_frames: int | None = None) -> tuple[bytes, int]:
        """Return what waits as joined WebSocket frames, and their count; otherwise as take()."""
        if max_frames is None and (backlog := self._whole()) is not None:
            return backlog.wire, len(backlog.frames)
        frames = self._piecemeal(max_frames)
        return b"".join([frame.wire for frame in frames]), len(frames)

    def _whole(self) -> Backlog | None:
        if self._due or self._ahead:
            return None
        number = self._publisher.number
        backlog = self._bundle.backlog(self._position, number)
        if backlog.lagging:
            return None
        self._position = number
        return backlog

    def _at(self, feed: Feed) -> int:
        return self._ahead.get(feed, self._position)

    def _piecemeal(self, max_frames: int | None) -> list[Frame]:
        self._conflate()
        number = self._publisher.number
        frames: list[Frame] = []
        while self._due and (max_frames is None or len(frames) < max_frames):
            feed = next(iter(self._due))
            del self._due[feed]
            frames += self._publisher.state_of(feed)
            self._ahead[feed] = number
        waiting = merged(
            (feed, self._at(feed)) for feed in self._feeds.values() if feed not in self._due
        )
        room = len(waiting) if max_frames is None else max(0, max_frames - len(frames))
        frames += waiting[:room]
        if room >= len(waiting):
            self._position = number
        elif room:
            self._position = waiting[room - 1].number
        self._ahead = {feed: at for feed, at in self._ahead.items() if at > self._position}
        return frames

    def _conflate(self) -> None:
        for feed in self._feeds.values():
            if feed not in self._due and feed.evicted_number > self._at(feed):
                self._ahead.pop(feed, None)
                self._due[feed] = None
                self.conflated += 1
                self._publisher.counts.conflated += 1


__all__ = [
    "MAX_CHANNELS",
    "RING_FRAMES",
    "Publisher",
    "PublisherCounts",
    "Subscriber",
    "TooManyChannels",
    "UnknownChannel",
]
