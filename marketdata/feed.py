"""The shared ring of one channel's newest messages."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

import msgspec

from marketdata.channels import Channel
from marketdata.framing import text_frame


class Frame:
    """One encoded notification; ``number`` orders all the frames of a publisher."""

    __slots__ = ("_wire", "number", "payload")

    def __init__(self, number: int, payload: bytes) -> None:
        self.number = number
        self.payload = payload
        self._wire: bytes | None = None

    @property
    def wire(self) -> bytes:
        """The notification as a WebSocket frame, made once for all subscribers."""
        if self._wire is None:
            self._wire = text_frame(self.payload)
        return self._wire


class Feed:
    """Ring of the newest frames of one channel, shared by all its subscribers."""

    __slots__ = (
        "_head",
        "_ring",
        "_state",
        "channel",
        "evicted_number",
        "last_number",
        "subscribers",
    )

    def __init__(self, channel: Channel, ring_frames: int, number: int) -> None:
        self.channel = channel
        name = msgspec.json.encode(channel.name)
        self._head = (
            b'{"jsonrpc":"2.0","method":"subscription","params":{"channel":' + name + b',"data":'
        )
        self._ring: deque[Frame] = deque(maxlen=ring_frames)
        self._state: tuple[int, list[Frame]] | None = None
        self.subscribers = 0
        self.last_number = number
        """Number of the newest frame, or that of the publisher when the feed began."""
        self.evicted_number = number
        """Number of the newest frame that the ring no longer holds."""

    def notification(self, number: int, data: bytes) -> Frame:
        """Wrap the encoded ``data`` of a message as a frame."""
        return Frame(number, self._head + data + b"}}")

    def push(self, number: int, data: bytes) -> None:
        """Add a message; a full ring forgets its oldest."""
        if len(self._ring) == self._ring.maxlen:
            self.evicted_number = self._ring[0].number
        self._ring.append(self.notification(number, data))
        self.last_number = number
        self._state = None

    def since(self, number: int) -> Iterator[Frame]:
        """Iterate the frames after a number, newest first."""
        for frame in reversed(self._ring):
            if frame.number <= number:
                return
            yield frame

    def keep_state(self, number: int, frames: list[Frame]) -> None:
        """Keep the frames that give a new subscriber the state at a number."""
        self._state = (number, frames)

    def state(self, number: int) -> list[Frame] | None:
        """Return the kept state of exactly this number, None when there is none."""
        if self._state is not None and self._state[0] == number:
            return self._state[1]
        return None

    def reset(self, number: int) -> None:
        """Forget every frame, so that every subscriber lags and gets the state anew."""
        self._ring.clear()
        self._state = None
        self.last_number = self.evicted_number = number
