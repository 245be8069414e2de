"""An observation and its quote line."""

from __future__ import annotations

from exchange.indices.observations import Line, Observation


def test_a_line_is_an_observation_without_time_price_and_volume() -> None:
    assert set(Observation._fields) - set(Line._fields) == {"ts_ns", "price_micros", "gpu_hours"}
    row = Observation(1, 2, "H100", "acme", rental="spot", executed=True, gpu_hours=3.0)
    line = Line.of(row)
    assert line == Line("H100", "acme", rental="spot", executed=True)
    assert all(getattr(line, field) == getattr(row, field) for field in Line._fields)
