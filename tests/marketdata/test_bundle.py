"""What waits is worked out once a position and number."""

from __future__ import annotations

from marketdata.bundle import Bundle, merged
from marketdata.channels import Channel, ChannelKind
from marketdata.feed import Feed


def two_feeds() -> tuple[Feed, Feed]:
    feeds = tuple(Feed(Channel(name, ChannelKind.QUOTE), 3, 0) for name in ("a", "b"))
    for number in range(1, 7):
        feeds[number % 2].push(number, b"%d" % number)
    return feeds[0], feeds[1]


def test_merged_is_in_order_each_after_its_own_position() -> None:
    a, b = two_feeds()
    assert [frame.number for frame in merged([(a, 2), (b, 3)])] == [4, 5, 6]


def test_backlog_is_shared_until_something_new_comes() -> None:
    a, b = two_feeds()
    bundle = Bundle([a, b])
    assert bundle.last_number(6) == 6
    backlog = bundle.backlog(3, 6)
    assert bundle.backlog(3, 6) is backlog
    assert [frame.number for frame in backlog.frames] == [4, 5, 6]
    assert backlog.wire == b"".join(frame.wire for frame in backlog.frames)
    a.push(7, b"7")
    assert bundle.last_number(7) == 7
    assert [frame.number for frame in bundle.backlog(3, 7).frames] == [4, 5, 6, 7]


def test_backlog_lags_when_a_ring_forgot() -> None:
    a, b = two_feeds()
    bundle = Bundle([a, b])
    assert not bundle.backlog(0, 6).lagging
    a.push(7, b"7")
    a.push(8, b"8")
    assert bundle.backlog(3, 8).lagging
    assert not bundle.backlog(4, 8).lagging


def test_no_channels_nothing_waits() -> None:
    assert Bundle([]).last_number(5) == 0
    assert Bundle([]).backlog(0, 5).frames == []
