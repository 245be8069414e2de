"""Time goes on at its pace, whatever is done to the wall clock."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.steady_clock import SLEW_PPM, SteadyClock, uptime_ns, wall_clock

NS = 1_000_000_000
START_NS = 1_790_000_000 * NS
HOUR_NS = 3_600 * NS


class Machine:
    """A machine with a wall clock that is set, and an uptime that is not."""

    def __init__(self) -> None:
        self.up_ns = 5 * NS
        self.set_ns = START_NS

    def wall(self) -> int:
        return self.set_ns + self.up_ns

    def uptime(self) -> int:
        return self.up_ns

    def clock(self, offset_ns: int | None = None) -> SteadyClock:
        return SteadyClock(offset_ns, wall_ns=self.wall, uptime_ns=self.uptime)


@pytest.mark.parametrize("jump_ns", [HOUR_NS, -HOUR_NS])
def test_a_jump_is_told_once_and_hardly_followed(
    jump_ns: int, caplog: pytest.LogCaptureFixture
) -> None:
    machine = Machine()
    clock = machine.clock()
    assert clock() == machine.wall()
    machine.set_ns += jump_ns
    before_ns = clock()
    for _ in range(60):
        machine.up_ns += NS
        clock()
    passed_ns = clock() - before_ns
    assert abs(passed_ns - 60 * NS) == 60 * NS * SLEW_PPM // 1_000_000
    assert (passed_ns > 60 * NS) == (jump_ns > 0)
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert f"{jump_ns // NS:+d}.000 s off" in caplog.text
    machine.set_ns -= jump_ns
    for _ in range(60):
        machine.up_ns += NS
        clock()
    assert clock() == machine.wall()
    assert "agree again" in caplog.text


def test_it_follows_a_drift_that_time_services_correct() -> None:
    machine = Machine()
    clock = machine.clock()
    for _ in range(1_000):
        machine.up_ns += NS
        machine.set_ns += 100_000
        assert abs(clock() - machine.wall()) <= 100_000
    assert clock.off_ns == 100_000


@given(
    st.lists(st.tuples(st.integers(0, 3 * NS), st.integers(-2 * HOUR_NS, 2 * HOUR_NS)), max_size=60)
)
def test_it_never_goes_back_and_keeps_its_pace(moves: list[tuple[int, int]]) -> None:
    machine = Machine()
    clock = machine.clock()
    first_ns = last_ns = clock()
    began_ns = machine.up_ns
    for passed_ns, jump_ns in moves:
        machine.up_ns += passed_ns
        machine.set_ns += jump_ns
        now_ns = clock()
        assert now_ns >= last_ns
        last_ns = now_ns
    elapsed_ns = machine.up_ns - began_ns
    # Behind by the slew of at most one look after another, which is not below zero either.
    assert abs(last_ns - first_ns - elapsed_ns) <= elapsed_ns * SLEW_PPM // 1_000_000 + 1


def test_another_process_has_the_same_clock() -> None:
    machine = Machine()
    clock = machine.clock()
    machine.set_ns += HOUR_NS
    other = machine.clock(clock.offset_ns)
    assert other() == clock() == machine.wall() - HOUR_NS


def test_the_process_s_clock_is_the_machine_s() -> None:
    before_ns = time.time_ns()
    assert abs(wall_clock() - before_ns) < 60 * NS
    assert uptime_ns() <= uptime_ns()
