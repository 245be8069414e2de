"""Reading prices: plain files, the panel's columns, chosen rows, Parquet, and what is refused."""

from __future__ import annotations

import csv
import gzip
from datetime import UTC, datetime
from pathlib import Path

import polars
import pytest

from exchange.indices import default, reading
from exchange.indices.rejects import ObservationError
from exchange.margin import prices

PANEL = """date,source,cloud,region,instance,accel,count,kind,usd_per_gpu_hour
2026-07-01,s,aws,,p5,H100,8,on_demand,3.5
2026-07-01,s,aws,,p5,H100,8,spot,2.5
2026-07-01,s,aws,,p6,B200,8,on_demand,
2026-07-02,s,aws,"us
east",p5,H100,8,on_demand,3.6
2026-07-02,s,aws
2026-07-03,s,gcp,,a4,B200,8,on_demand,9
"""


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_a_plain_file_reads_as_the_indices_read_it(tmp_path: Path) -> None:
    path = tmp_path / "plain.csv"
    default.write_csv(default.generate(), path)
    assert prices.read(path, "X") == reading.read(path)


def test_a_panel_is_known_by_its_columns(tmp_path: Path) -> None:
    found = prices.read(write(tmp_path / "panel.csv", PANEL), "X")
    assert found.underlyings == ("B200", "H100")
    assert [row.price_micros for row in found.of("H100")] == [2_500_000, 3_500_000, 3_600_000]
    assert {row.provider for row in found.rows} == {
        "s+aws++p5+8+on_demand",
        "s+aws++p5+8+spot",
        "s+aws+us east+p5+8+on_demand",
        "s+gcp++a4+8+on_demand",
    }
    rejects = [(reject.line, reject.field) for reject in found.rejects]
    assert rejects == [(4, "price"), (7, "")], "lines are those of the file"


def test_rows_and_columns_are_chosen(tmp_path: Path) -> None:
    path = write(tmp_path / "panel.csv", PANEL)
    chosen = prices.read(
        path, "X", {"underlying": "instance"}, {"kind": "on_demand", "cloud": "aws"}
    )
    assert chosen.underlyings == ("p5",)
    assert [row.price_micros for row in chosen.rows] == [3_500_000, 3_600_000]
    assert [(reject.line, reject.field) for reject in chosen.rejects] == [(4, "price"), (7, "")]


def test_parquet_reads_as_the_same_csv_does(tmp_path: Path) -> None:
    plain, table = tmp_path / "h.csv", tmp_path / "h.parquet"
    default.write_csv(default.generate(), plain)
    rows = default.generate().rows
    polars.DataFrame(
        {
            "time": [datetime.fromtimestamp(row.ts_ns // 10**9, UTC) for row in rows],
            "underlying": [row.underlying for row in rows],
            "price": [row.price_micros / 1e6 for row in rows],
            "note": [None] * len(rows),
        }
    ).write_parquet(table)
    assert prices.read(table, "X").rows == prices.read(plain, "X").rows


@pytest.mark.parametrize(
    ("columns", "where", "reason"),
    [
        ({"price": "cost"}, {}, "no column cost, which is to be the price .*price=COLUMN"),
        ({"provider": "cloud+zone"}, {}, "no column zone"),
        ({}, {"flavour": "x"}, "no column flavour"),
        ({}, {"kind": "spott"}, "no row has the values asked for, of 5"),
    ],
)
def test_what_is_not_there_is_named(
    columns: dict[str, str], where: dict[str, str], reason: str, tmp_path: Path
) -> None:
    path = write(tmp_path / "panel.csv", PANEL)
    with pytest.raises(ObservationError, match=reason):
        prices.read(path, "X", columns, where)


@pytest.mark.parametrize(
    ("name", "raw", "reason"),
    [
        ("empty.csv", b"", "no column time"),
        ("a.csv", b"time,cost\n2026-01-01,3\n", "no column price"),
        ("b.csv", b"time,price\n2026-01-01,-3\n", "no usable row"),
        ("c.csv", b"time,price\n\xff\xfe,3\n", "not UTF-8"),
        ("d.csv", b'time,price\n"2026-01-01"x,3\n', "not CSV"),
        ("e.csv.gz", b"time,price\n", "[Nn]ot a gzipped file"),
        ("f.csv.gz", gzip.compress(b"time,price\n" * 99, mtime=0)[:-9], "end-of-stream"),
        ("g.parquet", b"time,price\n", "not Parquet"),
    ],
)
def test_a_file_that_holds_no_prices_is_refused(
    name: str, raw: bytes, reason: str, tmp_path: Path
) -> None:
    path = tmp_path / name
    path.write_bytes(raw)
    with pytest.raises(ObservationError, match=reason) as refused:
        prices.read(path, "X")
    assert str(path) in str(refused.value)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    for name in ("no.csv", "no.parquet"):
        with pytest.raises(ObservationError, match="No such file"):
            prices.read(tmp_path / name, "X")


def test_the_shared_panel_loses_nothing_but_what_is_no_price(shared_data: Path) -> None:
    path = shared_data / "gpu_prices.csv.gz"
    found = prices.read(path, "X")
    with gzip.open(path, "rt", encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    assert len(found.rows) + len(found.rejects) == len(rows)
    assert set(found.underlyings) <= {row["accel"] for row in rows}
    assert {reject.reason.split(" ")[0] for reject in found.rejects} <= {"repeats", "is", "'0'"}
    assert len(found.rejects) < 0.05 * len(rows)
