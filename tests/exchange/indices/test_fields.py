"""Cells: what is read, and what is named as unusable."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest

from exchange.indices import fields
from exchange.indices.rejects import Fault


@pytest.mark.parametrize(
    ("read", "value", "expected"),
    [
        (fields.time_ns, "1970-01-02", 86_400 * 10**9),
        (fields.time_ns, "1970-01-01T02:00:00+01:00", 3_600 * 10**9),
        (fields.time_ns, date(1970, 1, 2), 86_400 * 10**9),
        (fields.time_ns, datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC), 10**9),
        (fields.price_micros, "2.5", 2_500_000),
        (fields.price_micros, "2.4000005", 2_400_000),
        (fields.price_micros, "2.4000015", 2_400_002),
        (fields.price_micros, 1000, 10**9),
        (fields.count, "8", 8),
        (fields.count, "8.0", 8),
        (fields.count, "", 0),
        (fields.months, "36", 36),
        (fields.months, "", 0),
        (fields.amount, "1.5", 1.5),
        (fields.amount, "", 0.0),
        (fields.currency, "usd", "USD"),
        (fields.currency, "", "USD"),
        (fields.flag, "Executed", True),
        (fields.flag, "listed", False),
        (fields.flag, True, True),
    ],
)
def test_reads(read: Callable[[Any], Any], value: Any, expected: object) -> None:
    assert read(value) == expected


@pytest.mark.parametrize(
    ("read", "value", "cause", "reason"),
    [
        (fields.time_ns, "", "is empty", "is empty"),
        (fields.time_ns, "yesterday", "is no time", "'yesterday' is not"),
        (fields.time_ns, "1969-12-31", "is out of range", "is outside 1970"),
        (fields.price_micros, "cheap", "is no number", "'cheap' is not a number"),
        (fields.price_micros, "inf", "is no number", "not a finite number"),
        (fields.price_micros, "0", "is out of range", "not above 0"),
        (fields.price_micros, "1000.01", "is out of range", "up to 1000"),
        (fields.price_micros, "0.0000001", "is out of range", "below a micro-dollar"),
        (fields.count, "0", "is zero", "'0' is not a whole number from 1"),
        (fields.count, "2.5", "is out of range", "not a whole number"),
        (fields.count, "many", "is no number", "'many'"),
        (fields.months, "-1", "is out of range", "whole number of months"),
        (fields.months, "long", "is no number", "'long'"),
        (fields.amount, "-3", "is negative", "'-3' is not above 0"),
        (fields.amount, "much", "is no number", "'much'"),
        (fields.currency, "EUR", "is another currency", "is EUR, not USD"),
        (fields.flag, "maybe", "is no known value", "neither executed nor listed"),
    ],
)
def test_names_a_fault(read: Callable[[Any], Any], value: Any, cause: str, reason: str) -> None:
    found = read(value)
    assert isinstance(found, Fault)
    assert found.cause == cause
    assert reason in found.reason
    assert found.advice


def test_words_are_those_that_are_known() -> None:
    assert fields.one_of("On-Demand", fields.RENTALS) == "on_demand"
    assert fields.one_of("", fields.RENTALS) == ""
    found = fields.one_of("lease", fields.RENTALS)
    assert isinstance(found, Fault)
    assert "on_demand, spot, reserved" in found.reason
