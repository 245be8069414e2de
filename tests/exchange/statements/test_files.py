"""Parquet files of statements, read back by another reader than the one that wrote them."""

from __future__ import annotations

from pathlib import Path

import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest

from exchange.statements import files
from tests.exchange.statements.story import whole
from tests.exchange.statements.test_journal import replayed


def test_what_is_read_adds_up(tmp_path: Path) -> None:
    _, made = replayed(whole().batches)
    folders = [files.write(tmp_path, day) for day in made]
    assert [folder.name for folder in folders] == ["2026-11-23", "2026-11-24", "2026-11-25"]
    balances = ds.dataset([f / "balances.parquet" for f in folders]).to_table().to_pylist()
    postings = ds.dataset([f / "postings.parquet" for f in folders]).to_table().to_pylist()
    assert len(balances) == 6
    for row in balances:
        key = row["day"], row["account"]
        own = [p["amount_micros"] for p in postings if (p["day"], p["account"]) == key]
        assert own
        assert row["opening_micros"] + sum(own) == row["closing_micros"]
    held = pq.read_table(folders[0] / "positions.parquet").to_pylist()
    assert sorted((row["account"], row["instrument"], row["lots"]) for row in held) == [
        ("alice", "GPU1-31DEC26", 10),
        ("alice", "H100-PERPETUAL", -200),
        ("alice.desk", "GPU1-31DEC26", -10),
        ("alice.desk", "H100-PERPETUAL", 200),
    ]


def test_a_day_written_again_replaces_itself(tmp_path: Path) -> None:
    _, made = replayed(whole().batches)
    first = files.write(tmp_path, made[0])
    assert files.write(tmp_path, made[0]) == first
    assert sorted(path.name for path in first.iterdir()) == [
        "balances.parquet",
        "positions.parquet",
        "postings.parquet",
    ]
    assert pq.read_table(first / "balances.parquet").num_rows == 2
    with pytest.raises(ValueError, match="no statements"):
        files.write(tmp_path, [])
