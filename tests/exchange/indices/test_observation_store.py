"""Reports come back from disk as they were kept, also after a crash between two steps."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pyarrow.parquet as pq
from hypothesis import given
from hypothesis import strategies as st

from exchange.indices.observation_store import FOLDER, PARTS, ObservationStore, Report
from exchange.indices.observations import Observation
from marketdata.days import NS_PER_DAY

NOON_NS = int(datetime(2026, 11, 21, 12, tzinfo=UTC).timestamp()) * 10**9


def row(ts_ns: int, price: int = 2_500_000) -> Observation:
    return Observation(
        ts_ns,
        price,
        "H100",
        "p1",
        "neocloud",
        "US",
        "us-1",
        "sxm",
        "infiniband",
        "x86",
        8,
        "on_demand",
        0,
        True,
        123.5,
    )


def reports(days: int) -> list[Report]:
    return [
        Report(NOON_NS + day * NS_PER_DAY + hour, f"key-{hour}", (row(NOON_NS, day + 1), row(hour)))
        for day in range(days)
        for hour in range(3)
    ]


def test_reports_come_back_in_order_from_parts_and_from_joined_days(tmp_path: Path) -> None:
    store = ObservationStore(tmp_path)
    wanted = reports(3)
    for report in wanted:
        assert store.append(report).exists()
    assert list(ObservationStore(tmp_path).reports()) == wanted
    last_day = (NOON_NS + 2 * NS_PER_DAY) // NS_PER_DAY
    store.join(last_day)
    names = sorted(path.name for path in (tmp_path / FOLDER).glob("*.parquet"))
    assert names == ["2026-11-21.parquet", "2026-11-22.parquet"]
    assert [path.name for path in (tmp_path / FOLDER / PARTS).iterdir()] == ["2026-11-23"]
    assert list(ObservationStore(tmp_path).reports()) == wanted
    # Any tool reads the day: three reports of two rows.
    assert pq.read_table(tmp_path / FOLDER / names[0]).num_rows == 6


def test_a_crash_between_joining_and_removing_counts_nothing_twice(tmp_path: Path) -> None:
    store = ObservationStore(tmp_path)
    wanted = reports(1)
    for report in wanted:
        store.append(report)
    kept = tmp_path / "kept"
    shutil.copytree(tmp_path / FOLDER / PARTS, kept)
    store.join(NOON_NS // NS_PER_DAY + 1)
    shutil.copytree(kept, tmp_path / FOLDER / PARTS, dirs_exist_ok=True)
    again = ObservationStore(tmp_path)
    assert list(again.reports()) == wanted
    again.join(NOON_NS // NS_PER_DAY + 1)
    assert list(again.reports()) == wanted


def test_a_half_written_part_is_not_read(tmp_path: Path) -> None:
    store = ObservationStore(tmp_path)
    (one,) = reports(1)[:1]
    path = store.append(one)
    path.with_suffix(".part").write_bytes(path.read_bytes()[:20])
    assert list(ObservationStore(tmp_path).reports()) == [one]
    assert list(ObservationStore(tmp_path / "nothing").reports()) == []


@given(
    st.lists(st.tuples(st.integers(0, 2**60), st.integers(1, 10**9), st.floats(0, 1e9)), min_size=1)
)
def test_numbers_survive_exactly(
    tmp_path_factory: object, rows: list[tuple[int, int, float]]
) -> None:
    folder = tmp_path_factory.mktemp("store")  # type: ignore[attr-defined]
    report = Report(
        NOON_NS, "k", tuple(row(ts, price)._replace(gpu_hours=h) for ts, price, h in rows)
    )
    store = ObservationStore(folder)
    store.append(report)
    store.join(NOON_NS // NS_PER_DAY + 1)
    assert list(store.reports()) == [report]
