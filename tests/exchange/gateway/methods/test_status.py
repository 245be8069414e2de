"""Time and status."""

from __future__ import annotations

from exchange.core.commands import Command
from exchange.core.layout import CommandKind, State
from exchange.market_clock import MarketClock, rate_ppm
from tests.exchange.gateway.methods.desk import ALICE, Desk


def test_time_is_in_milliseconds(desk: Desk) -> None:
    assert desk.call(ALICE, "public/get_time") == desk.ts_ns // 1_000_000


def test_the_clock_tells_both_times_and_the_rate(desk: Desk) -> None:
    desk.clock = MarketClock(rate_ppm(10))
    told = desk.call(ALICE, "public/get_clock")
    # The desk's requests come at one time by both clocks.
    now_ms = desk.ts_ns // 1_000_000
    assert told == {"timestamp": now_ms, "wall_timestamp": now_ms, "rate": 14_400.0}


def test_status_tells_what_is_locked(desk: Desk) -> None:
    def halt(instrument: int, state: State) -> None:
        desk.apply([Command(CommandKind.SET_STATE, instrument=instrument, qty_lots=state)])

    def status() -> tuple[str, list[str]]:
        answer = desk.call(ALICE, "public/status")
        return answer["locked"], answer["locked_currencies"]

    assert status() == ("false", [])
    halt(2, State.HALTED)
    assert status() == ("partial", ["H100"])
    halt(0, State.HALTED)
    assert status() == ("partial", ["H100"])
    halt(1, State.CLOSED)
    assert status() == ("true", ["GPU1", "H100"])
    halt(1, State.OPEN)
    assert status() == ("partial", ["H100"])


def test_status_tells_why_nothing_is_taken_and_what_a_command_survives(desk: Desk) -> None:
    def status() -> tuple[bool, str, str]:
        answer = desk.call(ALICE, "public/status")
        return answer["accepting"], answer["reason"], answer["durability"]

    assert status() == (True, "", "fsync")
    desk.refusal, desk.durability = "the log cannot be written: disk full", "os"
    assert status() == (False, "the log cannot be written: disk full", "os")
