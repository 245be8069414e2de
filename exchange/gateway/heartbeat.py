"""Heartbeats of one connection, as public/set_heartbeat asks for them.

Source: Deribit API v2, public/set_heartbeat: at each interval a heartbeat; a client that was silent
meanwhile gets a test_request, and loses the connection when it stays silent for another interval.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from exchange.gateway import envelope

_HEARTBEAT = envelope.heartbeat("heartbeat")
_TEST_REQUEST = envelope.heartbeat("test_request")


class Heartbeat:
    """A timer that is armed by start(); ``touch`` it with every message of the client.

    send: writes one payload. expired: called once, when a test_request was not answered.
    """

    def __init__(self, send: Callable[[bytes], None], expired: Callable[[], None]) -> None:
        self._send = send
        self._expired = expired
        self._interval_s = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._heard = False
        self._asked = False

    @property
    def interval_s(self) -> float:
        """Seconds between heartbeats, 0 while there are none."""
        return self._interval_s

    def start(self, interval_s: float) -> None:
        """Begin, or begin anew with another interval."""
        self.stop()
        self._interval_s = interval_s
        self._heard = True
        self._arm()

    def stop(self) -> None:
        """End the heartbeats."""
        self._interval_s = 0.0
        self._asked = False
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def touch(self) -> None:
        """Note that the client said something."""
        self._heard = True

    def _arm(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(self._interval_s, self._beat)

    def _beat(self) -> None:
        if not self._heard and self._asked:
            self.stop()
            self._expired()
            return
        self._asked = not self._heard
        self._heard = False
        self._send(_HEARTBEAT)
        if self._asked:
            self._send(_TEST_REQUEST)
        self._arm()
