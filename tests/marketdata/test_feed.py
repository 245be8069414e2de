"""The ring forgets its oldest frames and says so."""

from __future__ import annotations

import json

from marketdata.channels import Channel, ChannelKind
from marketdata.feed import Feed
from marketdata.framing import text_frame


def feed(ring_frames: int = 3) -> Feed:
    return Feed(Channel('odd "name"', ChannelKind.QUOTE), ring_frames, 10)


def test_frames_after_a_number_newest_first_and_eviction() -> None:
    ring = feed()
    assert (ring.last_number, ring.evicted_number, list(ring.since(0))) == (10, 10, [])
    for number in (11, 15, 16):
        ring.push(number, b"1")
    assert (ring.last_number, ring.evicted_number) == (16, 10)
    ring.push(20, b"2")
    assert (ring.last_number, ring.evicted_number) == (20, 11)
    assert [frame.number for frame in ring.since(15)] == [20, 16]
    ring.reset(21)
    assert (ring.last_number, ring.evicted_number, list(ring.since(0))) == (21, 21, [])


def test_a_notification_is_valid_json_with_its_channel() -> None:
    frame = feed().notification(11, b'{"a":1}')
    assert json.loads(frame.payload) == {
        "jsonrpc": "2.0",
        "method": "subscription",
        "params": {"channel": 'odd "name"', "data": {"a": 1}},
    }
    assert frame.wire == text_frame(frame.payload)
    assert frame.wire is frame.wire


def test_a_kept_state_is_for_its_number_only() -> None:
    ring = feed()
    frames = [ring.notification(10, b"1")]
    ring.keep_state(10, frames)
    assert ring.state(10) is frames
    assert ring.state(11) is None
    ring.push(11, b"2")
    assert ring.state(10) is None
