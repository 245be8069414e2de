"""Instants of the calendar: nothing that changes lies between two of them."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from exchange import instants
from exchange.contracts import sessions
from exchange.contracts import spec as contract_files
from exchange.contracts.terms import Session
from marketdata.days import NS_PER_DAY

NS = 1_000_000_000
MINUTE_NS = 60 * NS
START_NS = int(datetime(2026, 10, 20, tzinfo=UTC).timestamp()) * NS
SESSION = Session(
    days="business_days",
    pre_open="08:30",
    open="09:00",
    close="16:00",
    time_zone="America/Chicago",
)


def test_midnight_is_the_latest() -> None:
    specs = contract_files.shipped()
    at_ns = instants.next_ns(specs, START_NS)
    assert START_NS < at_ns <= START_NS + NS_PER_DAY


@given(st.integers(0, 20 * 24 * 60))
def test_no_change_of_a_session_is_passed_over(minutes: int) -> None:
    # Through the end of summer time, minute by minute for a day.
    (gpu1,) = (spec for spec in contract_files.shipped() if spec.family == "GPU1")
    fields = {name: getattr(gpu1, name) for name in gpu1.__struct_fields__}
    spec = type(gpu1)(**(fields | {"session": SESSION}))
    after_ns = START_NS + minutes * MINUTE_NS
    due_ns = instants.next_ns([spec], after_ns)
    state = sessions.state_at(SESSION, after_ns)
    for at_ns in range(after_ns, due_ns, 7 * MINUTE_NS):
        assert sessions.state_at(SESSION, at_ns) == state
    assert sessions.state_at(SESSION, due_ns - 1) == state
