"""Batches: the same rows from CSV, gzip and Parquet, with their lines, in bounded pieces."""

from __future__ import annotations

import csv
import gzip
import io
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import parquet

from exchange.indices import batches
from exchange.indices.rejects import Rejects

TEXT = "a,b\n1,x\n\n2,\n3\n4,z\n"


def rows_of(path: Path, rejects: Rejects) -> tuple[list[str], list[tuple[int, str, str]], int]:
    seen: list[tuple[int, int]] = []
    with batches.opened(path, rejects, lambda done, of: seen.append((done, of))) as table:
        found = list(table.batches([0, 1]))
        rows = [
            row
            for batch in found
            for row in zip(
                batch.line.tolist(),
                (str(cell) for cell in batch.columns[0].to_pylist()),
                (cell or "" for cell in batch.columns[1].to_pylist()),
                strict=True,
            )
        ]
    assert all(0 <= done <= of for done, of in seen)
    return table.header, rows, len(found)


@pytest.mark.parametrize("name", ["t.csv", "t.csv.gz"])
def test_csv_rows_keep_their_lines(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "BLOCK_BYTES", 8)
    path = tmp_path / name
    raw = TEXT.encode()
    path.write_bytes(gzip.compress(raw) if name.endswith("gz") else raw)
    rejects = Rejects(str(path))
    header, rows, count = rows_of(path, rejects)
    assert header == ["a", "b"]
    assert count > 1, "in pieces"
    assert rows == [(2, "1", "x"), (4, "2", ""), (6, "4", "z")]
    assert [reject.line for reject in rejects.named()] == [5]


CELLS = st.text(st.sampled_from("ab ,'\"\n\réß0;"), max_size=5)


@given(st.lists(st.lists(CELLS, min_size=1, max_size=3), max_size=12), st.integers(1, 60))
def test_csv_rows_are_those_of_a_plain_reader(rows: list[list[str]], block: int) -> None:
    text = io.StringIO(newline="")
    csv.writer(text).writerows([["x", "y"], *rows])
    expected = list(csv.reader(io.StringIO(text.getvalue(), newline="")))[1:]
    rejects = Rejects("f")
    found = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(batches, "BLOCK_BYTES", block)
        table = batches.csv_table(io.BytesIO(text.getvalue().encode()), rejects)
        for batch in table.batches([0, 1]):
            columns = (batch.columns[0].to_pylist(), batch.columns[1].to_pylist())
            found += [list(cells) for cells in zip(*columns, strict=True)]
            assert len(batch.line) == len(columns[0])
    assert found == [cells for cells in expected if len(cells) == 2]
    assert rejects.total == len([cells for cells in expected if len(cells) not in (0, 2)])


def test_parquet_rows_are_counted_from_the_second_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "ROWS_PER_BATCH", 2)
    path = tmp_path / "t.parquet"
    parquet.write_table(pa.table({"a": [1, 2, 4], "b": ["x", None, "z"]}), path)
    header, rows, count = rows_of(path, Rejects(str(path)))
    assert (header, count) == (["a", "b"], 2)
    assert rows == [(2, "1", "x"), (3, "2", ""), (4, "4", "z")]
