"""Rows become a panel: totals, contradictions, currencies, future days, repeats."""

from __future__ import annotations

import io
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as pa_csv
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import parquet

from exchange.indices.batches import csv_table
from exchange.indices.collecting import Collector
from exchange.indices.columns import PANEL, choose
from exchange.indices.panel import Observations
from exchange.indices.reading import read
from exchange.indices.rejects import ObservationError, Rejects


def collect(text: str, not_after_ns: int | None = None) -> Observations:
    rejects = Rejects("f.csv")
    table = csv_table(io.BytesIO(text.encode()), rejects)
    chosen = choose(table.header, {}, PANEL, "f.csv")
    return Collector(chosen, [], "H100", rejects).collect(table, not_after_ns)


def test_a_price_is_a_total_over_gpus_and_hours() -> None:
    found = collect("time,total,gpus,hours\n2026-10-01,4800,8,240\n2026-10-02,10,1,4\n")
    assert [row.price_micros for row in found.rows] == [2_500_000, 2_500_000]
    assert [row.gpu_hours for row in found.rows] == [1920.0, 4.0]
    assert [row.cluster_gpus for row in found.rows] == [8, 1]


DIRTY = """time,price,total,gpus,hours,currency,gpu_hours
2026-10-01,2.50,,8,10,USD,
2026-10-01,,400,8,20,,
2026-10-01,2.50,400,8,20,USD,
2026-10-01,3.50,400,8,20,USD,
2026-10-02,2.50,,0,10,USD,
2026-10-02,2.50,,8,-10,USD,
2026-10-02,2.50,,8,10,EUR,
2026-10-02,,,8,10,USD,
2026-10-02,cheap,,8,10,USD,
2026-12-02,2.50,,8,10,USD,
2026-10-01,2.50,,8,10,USD,80
2026-10-02,2.50,,8,10,USD,-80
2026-10-02,,900000,1,1,USD,
2026-13-02,,x,0,-1,EUR,
"""


def test_each_kind_of_dirt_is_named_and_counted() -> None:
    found = collect(DIRTY, not_after_ns=1_793_000_000_000_000_000)
    assert [(row.price_micros, row.gpu_hours) for row in found.rows] == [
        (2_500_000, 80.0),
        (2_500_000, 160.0),
    ]
    assert [(each.line, each.field) for each in found.rejects] == [
        (4, ""),
        (5, "price"),
        (6, "gpus"),
        (7, "hours"),
        (8, "currency"),
        (9, "price"),
        (10, "price"),
        (11, "time"),
        (12, ""),
        (13, "gpu_hours"),
        (14, "total"),
        (15, "time"),
    ]
    assert all(each.reason and each.advice for each in found.rejects)
    assert found.reject_counts == {
        ("", "repeats a row"): 2,
        ("price", "contradicts the total"): 1,
        ("gpus", "is zero"): 1,
        ("hours", "is negative"): 1,
        ("currency", "is another currency"): 1,
        ("price", "is empty"): 1,
        ("price", "is no number"): 1,
        ("time", "is in the future"): 1,
        ("gpu_hours", "is negative"): 1,
        ("total", "is out of range"): 1,
        ("time", "is no time"): 1,
    }
    assert "repeats line 3" in str(found.rejects[0])
    assert "is EUR, not USD" in str(found.rejects[4])


@given(st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(random: object) -> None:
    header, *rows = DIRTY.splitlines()
    random.shuffle(rows)  # type: ignore[attr-defined]
    assert collect("\n".join([header, *rows]) + "\n").rows == collect(DIRTY).rows


def test_too_many_distinct_terms_for_one_key_are_told_apart(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    text = "time,price,provider,region,form\n" + "".join(
        f"2026-10-01,2,{p},{r},{f}\n" for p in "abc" for r in "xyz" for f in ("sxm", "pcie")
    )
    plain = collect(text).rows
    monkeypatch.setattr("exchange.indices.collecting._LIMIT", 4)
    assert collect(text).rows == plain
    assert len({row[2:14] for row in plain}) == 18


def test_a_parquet_file_reads_as_the_same_csv(tmp_path: Path, shared_data: Path) -> None:
    table = pa_csv.read_csv(shared_data / "gpu_prices.csv.gz")
    parquet.write_table(table, tmp_path / "p.parquet")
    whole = read(shared_data / "gpu_prices.csv.gz")
    again = read(tmp_path / "p.parquet")
    assert again.rows == whole.rows
    assert again.reject_counts == whole.reject_counts
    assert isinstance(table, pa.Table)


def test_a_file_without_a_usable_row_is_refused() -> None:
    with pytest.raises(ObservationError, match=r"1 were not usable, such as f\.csv:2: price"):
        collect("time,price\n2026-10-01,free\n")
