"""Many cells at a time say what each says by itself."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from exchange.indices import cells, fields
from exchange.indices.rejects import Fault

NUMBERS = st.one_of(
    st.decimals(0, 2000, places=3).map(str),
    st.integers(-5, 2000).map(str),
    st.sampled_from(["", "x", "nan", "1e2", " 2.5", "2.4000005", "-1", "0", "1_0"]),
)
TIMES = st.one_of(
    st.datetimes(datetime(1960, 1, 1), datetime(2190, 1, 1)).map(lambda t: t.isoformat()),
    st.datetimes(datetime(1990, 1, 1)).map(lambda t: f"{t.year:04}-{t.month:02}-{t.day:02}Z"),
    st.sampled_from(["2026-02-30", "2026-10-01T16:00:00Z", "2026-10-01 16:00+02:00", "", "soon"]),
)


@given(st.lists(NUMBERS, max_size=8))
def test_prices_are_those_of_single_cells(texts: list[str]) -> None:
    found = cells.parse_prices(cells.encode(pa.array(texts, pa.string())), fields.price_micros)
    check(texts, found, [fields.price_micros(text) for text in texts])


@given(st.lists(TIMES, max_size=8))
def test_times_are_those_of_single_cells(texts: list[str]) -> None:
    found = cells.parse_times(cells.encode(pa.array(texts, pa.string())))
    check(texts, found, [fields.time_ns(text) for text in texts])


def check(texts: list[str], found: cells.Parsed, expected: list[int | Fault]) -> None:
    for place, (text, single) in enumerate(zip(texts, expected, strict=True)):
        fault = int(found.fault[place])
        if isinstance(single, Fault):
            assert found.faults[fault] == single, text
        else:
            assert fault < 0, text
            assert found.value[place] == single, text


def test_typed_columns_are_read_without_text() -> None:
    moments = pa.array([datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC), None])
    times = cells.parse_times(cells.encode(moments))
    assert times.value.tolist() == [10**9, 0]
    assert times.faults[times.fault[1]].cause == "is empty"
    prices = cells.parse_prices(cells.encode(pa.array([2.5, None, -1.0])), fields.price_micros)
    assert prices.value.tolist() == [2_500_000, 0, 0]
    assert [prices.faults[fault].cause for fault in prices.fault[1:]] == [
        "is empty",
        "is out of range",
    ]
    counts = cells.parse(cells.encode(pa.array([8, None])), fields.count, np.int64)
    assert counts.value.tolist() == [8, 0]
