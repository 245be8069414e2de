"""Which columns of a file are used."""

from __future__ import annotations

import pytest

from exchange.indices.columns import PANEL, choose, conditions
from exchange.indices.rejects import ObservationError


def test_a_plain_file_names_the_fields() -> None:
    assert choose(["note", "price", "time"], {}, PANEL, "f") == {"price": [1], "time": [2]}
    totals = choose(["time", "total", "gpus", "hours"], {}, PANEL, "f")
    assert set(totals) == {"time", "total", "gpus", "hours"}


def test_a_panel_is_known_by_its_time_and_price() -> None:
    chosen = choose(["date", "cloud", "accel", "usd_per_gpu_hour"], {}, PANEL, "f")
    assert chosen == {"time": [0], "cloud": [1], "gpu": [2], "price": [3]}


def test_columns_are_renamed_and_joined() -> None:
    chosen = choose(["time", "cost", "a", "b"], {"price": "cost", "provider": "b+a"}, PANEL, "f")
    assert chosen == {"time": [0], "price": [1], "provider": [3, 2]}


@pytest.mark.parametrize(
    ("header", "columns", "reason"),
    [
        (["price"], {}, "no column time"),
        (["time", "total", "gpus"], {}, "no column price"),
        (["time", "time", "price"], {}, "column time stands there twice"),
        (["time", "price"], {"price": "cost"}, "no column cost, which is to be the price"),
        (["time", "price"], {"colour": "x"}, "no field colour"),
    ],
)
def test_what_is_missing_is_named(header: list[str], columns: dict[str, str], reason: str) -> None:
    with pytest.raises(ObservationError, match=reason):
        choose(header, columns, PANEL, "f")


def test_conditions_name_columns() -> None:
    assert conditions(["a", "b"], {"b": "x"}, "f") == [(1, "x")]
    with pytest.raises(ObservationError, match="no column c"):
        conditions(["a"], {"c": "x"}, "f")
