"""Rates and heartbeats under a clock of the test's own."""

from __future__ import annotations

import json

from marketdata.session import Heartbeat, TokenBucket, heartbeat_message


def test_bucket_allows_the_burst_then_the_rate() -> None:
    bucket = TokenBucket(rate=2, burst=3, now=0)
    assert [bucket.spend(0) for _ in range(4)] == [True, True, True, False]
    assert [bucket.spend(0.5), bucket.spend(0.5)] == [True, False]
    assert [bucket.spend(100) for _ in range(4)] == [True, True, True, False]


def test_a_lively_client_gets_heartbeats() -> None:
    heartbeat = Heartbeat(10, now=0)
    for now in (10, 20, 30):
        heartbeat.heard = True
        assert heartbeat.beat(now - 0.1) is None
        assert heartbeat.beat(now) == "heartbeat"


def test_a_silent_client_is_asked_and_then_gone() -> None:
    heartbeat = Heartbeat(10, now=0)
    assert [heartbeat.beat(10), heartbeat.beat(20)] == ["heartbeat", "test_request"]
    heartbeat.heard = True
    assert heartbeat.beat(30) == "heartbeat"
    assert [heartbeat.beat(40), heartbeat.beat(50)] == ["test_request", "gone"]


def test_heartbeat_message_is_the_dialects() -> None:
    assert json.loads(heartbeat_message("test_request")) == {
        "jsonrpc": "2.0",
        "method": "heartbeat",
        "params": {"type": "test_request"},
    }
