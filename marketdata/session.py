"""One client of the market-data service: its subscriptions, rate and heartbeat."""

from __future__ import annotations

import time

from websockets.asyncio.server import ServerConnection

from marketdata import rpc
from marketdata.publisher import Subscriber


class TokenBucket:
    """Allows ``burst`` calls at once and ``rate`` a second in the long run."""

    __slots__ = ("_at", "_burst", "_rate", "_tokens")

    def __init__(self, rate: float, burst: float, now: float) -> None:
        self._rate = rate
        self._burst = burst
        self._tokens = burst
        self._at = now

    def spend(self, now: float) -> bool:
        """Take one token, False when there is none."""
        self._tokens = min(self._burst, self._tokens + (now - self._at) * self._rate)
        self._at = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True


class Heartbeat:
    """Says when to send a heartbeat, when to ask for a sign of life, and when to give up.

    Source: Deribit public/set_heartbeat. A client silent for one interval gets a test_request;
    silent for another one it is gone.
    """

    __slots__ = ("_asked", "_due", "_interval_s", "heard")

    def __init__(self, interval_s: float, now: float) -> None:
        self._interval_s = interval_s
        self._due = now + interval_s
        self._asked = False
        self.heard = True
        """The client sent something in this interval; the call that began it is something."""

    def beat(self, now: float) -> str | None:
        """Return heartbeat, test_request or gone when one is due, else None."""
        if now < self._due:
            return None
        self._due = now + self._interval_s
        heard, self.heard = self.heard, False
        if heard:
            self._asked = False
            return "heartbeat"
        if self._asked:
            return "gone"
        self._asked = True
        return "test_request"


class Session:
    """State of one connection; the server owns it."""

    __slots__ = ("bucket", "connection", "dropping", "heartbeat", "slow_since", "subscriber")

    def __init__(
        self, connection: ServerConnection, subscriber: Subscriber, bucket: TokenBucket
    ) -> None:
        self.connection = connection
        self.subscriber = subscriber
        self.bucket = bucket
        self.heartbeat: Heartbeat | None = None
        self.slow_since: float | None = None
        """When the write buffer was first found full, None while it is not."""
        self.dropping = False
        """The server is closing the connection."""

    def set_heartbeat(self, interval_s: float | None) -> None:
        """Begin heartbeats, end them for None."""
        now = time.monotonic()
        self.heartbeat = None if interval_s is None else Heartbeat(interval_s, now)


def heartbeat_message(kind: str) -> bytes:
    """Encode a ``heartbeat`` notification of kind heartbeat or test_request."""
    return rpc.notification("heartbeat", {"type": kind})
