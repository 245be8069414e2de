"""Reading observed prices: what is used, what is named as unusable, and what is refused."""

from __future__ import annotations

import csv
import gzip
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from exchange.indices.observations import Observation
from exchange.indices.reading import read
from exchange.indices.rejects import ObservationError, Reject

DIRTY = """time,provider,price
2026-10-01,acme,2.50
2026-10-01T12:00:00+02:00,acme,2.6
,acme,2.6
yesterday,acme,2.6
2026-10-02,acme,
2026-10-02,acme,cheap
2026-10-02,acme,NaN
2026-10-02,acme,-1
2026-10-02,acme,0
2026-10-02,acme,1e9
2026-10-02,acme,0.0000001
2026-10-02,acme
2026-10-01,acme,2.5
1969-12-31,acme,2.5

2026-09-30,,2.4000005
"""


def ns(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * 10**9


def write(folder: Path, text: str, name: str = "prices.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_uses_clean_rows_in_order_of_time(tmp_path: Path) -> None:
    found = read(write(tmp_path, DIRTY), "B200")
    assert found.rows == (
        Observation(ns("2026-09-30"), 2_400_000, "B200", ""),
        Observation(ns("2026-10-01"), 2_500_000, "B200", "acme"),
        Observation(ns("2026-10-01T10:00:00"), 2_600_000, "B200", "acme"),
    )


def test_names_each_row_that_was_not_used(tmp_path: Path) -> None:
    path = write(tmp_path, DIRTY)
    rejects = read(path).rejects
    assert [(reject.line, reject.field) for reject in rejects] == [
        (4, "time"),
        (5, "time"),
        (6, "price"),
        (7, "price"),
        (8, "price"),
        (9, "price"),
        (10, "price"),
        (11, "price"),
        (12, "price"),
        (13, ""),
        (14, ""),
        (15, "time"),
    ]
    advice = "write digits and a decimal point alone"
    assert str(rejects[3]) == f"{path}:7: price: 'cheap' is not a number; {advice}"
    advice = "quote cells that hold a comma"
    assert rejects[9] == Reject(
        str(path),
        13,
        "",
        "has 2 fields, the header has 3",
        advice,
        "has another number of fields than the header",
    )
    assert rejects[10].reason == "repeats line 2"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "no column time and no column price"),
        ("time,cost\n2026-10-01,2\n", "no column price"),
        ("time,price,price\n2026-10-01,2,3\n", "column price stands there twice"),
        ("time,price\n", "no usable row (0 were not usable)"),
        ("time,price\n2026-10-01,free\n", "prices.csv:2: price: 'free' is not a number"),
        ('time,price\n2026-10-01,"2\n', "not CSV"),
        ("time,price\n2026-10-01," + "9" * 200_000 + "\n", "not CSV"),
    ],
)
def test_refuses_a_file_without_a_usable_row(tmp_path: Path, text: str, expected: str) -> None:
    path = write(tmp_path, text)
    with pytest.raises(ObservationError) as caught:
        read(path)
    assert str(path) in str(caught.value)
    assert expected in str(caught.value)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", b"time,price\n2026-10-01,\xff\n"),
        ("b.csv.gz", b"not a gzip file"),
        ("c.csv", None),
    ],
)
def test_refuses_a_file_that_cannot_be_read(
    tmp_path: Path, name: str, content: bytes | None
) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ObservationError, match=name):
        read(path)


def test_refuses_a_truncated_gzip_file(tmp_path: Path) -> None:
    path = tmp_path / "cut.csv.gz"
    path.write_bytes(gzip.compress(b"time,price\n" + b"2026-10-01,2.5\n" * 1000)[:-12])
    with pytest.raises(ObservationError, match=r"cut\.csv\.gz"):
        read(path)


def test_refuses_more_rows_than_the_bound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("exchange.indices.collecting.MAX_ROWS", 2)
    rows = "".join(f"2026-10-0{day},2.5\n" for day in (1, 2, 3))
    with pytest.raises(ObservationError, match="more than 2 rows"):
        read(write(tmp_path, "time,price\n" + rows))


def test_underlying_column_wins_and_may_not_be_empty(tmp_path: Path) -> None:
    text = "\ufefftime,price,underlying\n2026-10-01,2.5,A100\n2026-10-01,2.6,\n"
    found = read(write(tmp_path, text), "H100")
    assert found.underlyings == ("A100",)
    assert [str(reject).split(":")[1:3] for reject in found.rejects] == [["3", " underlying"]]


def test_reads_a_real_tape_row_for_row(shared_data: Path) -> None:
    path = shared_data / "gpu_prices.csv.gz"
    found = read(path)
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        raw = list(csv.DictReader(lines))
    assert len(found.rows) + len(found.rejects) == len(raw) == 13_509
    kinds = Counter(row["kind"] for row in raw)
    unusable = sum(n for kind, n in kinds.items() if kind not in ("on_demand", "spot"))
    assert sum(n for (field, _), n in found.reject_counts.items() if field == "kind") == unusable
    assert {reject.reason.split()[0] for reject in found.rejects if not reject.field} == {"repeats"}
    single = [row for row in raw if row["kind"] in ("on_demand", "spot")]
    prices = sorted(round(float(row["usd_per_gpu_hour"]) * 1e6) for row in single)
    assert set(prices) == {row.price_micros for row in found.rows}
    assert min(row.ts_ns for row in found.rows) == ns("2022-08-04")
    sxm = {line.form for line in found.panel.lines if line.underlying == "H100"}
    assert sxm == {"", "sxm", "pcie", "nvl"}
    of_aws = {line.cloud_type for line in found.panel.lines if line.provider == "aws"}
    assert of_aws == {"hyperscaler"}
