"""Columns of observations: made, joined, taken, ordered and given back."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from exchange.indices.observations import Observation
from exchange.indices.panel import Observations, Panel

ROWS = st.lists(
    st.builds(
        Observation,
        st.integers(0, 10**18),
        st.integers(1, 10**9),
        st.sampled_from(["H100", "B200"]),
        st.sampled_from(["", "acme", "beta"]),
        rental=st.sampled_from(["", "spot"]),
        executed=st.booleans(),
        gpu_hours=st.floats(0, 1e6),
    ),
    max_size=20,
)


@given(ROWS, ROWS)
def test_gives_back_what_it_was_made_of(
    first: list[Observation], second: list[Observation]
) -> None:
    panel = Panel.joined([Panel.of(first), Panel.of(second)])
    assert list(panel.observations()) == first + second
    assert len(panel) == len(first) + len(second)
    assert list(panel.lines) == sorted(set(panel.lines))


@given(ROWS)
def test_is_ordered_as_its_rows_are(rows: list[Observation]) -> None:
    found = Observations(Panel.of(rows).ordered())
    assert list(found.rows) == sorted(rows, key=lambda row: (row[:2], row[2:14], row.gpu_hours))
    assert found == Observations.of_rows(rows)
    assert set(found.underlyings) == {row.underlying for row in rows}
    assert [row for each in found.underlyings for row in found.of(each)] == sorted(
        found.rows, key=lambda row: row.underlying
    )


def test_rows_are_taken_by_mask() -> None:
    rows = [Observation(n, n + 1, "H100", str(n)) for n in range(4)]
    panel = Panel.of(rows).take(np.array([True, False, True, False]))
    assert list(panel.observations()) == [rows[0], rows[2]]
