"""The indices' benchmark on a small file: every step is there and prints come out."""

from __future__ import annotations

from pathlib import Path

from benchmarks import indices_bench


def test_every_step_is_measured(tmp_path: Path) -> None:
    lines = indices_bench.run(20_000, 60, 1, tmp_path)
    assert [line.step for line in lines] == [
        "read csv",
        "read parquet",
        "compute h100_tx_usd",
        "compute h100_usd",
    ]
    assert lines[0].result == lines[1].result == "20,000 rows"
    assert all(int(line.result.split()[0].replace(",", "")) > 30 for line in lines)
    fast = indices_bench.show([line._replace(processor_s=2.0) for line in lines], 20_000)
    assert fast.row_count == 4
    assert "4.00 s at most; aim 5 s: met" in str(fast.caption)
    slow = [line._replace(processor_s=3.0) for line in lines]
    assert "missed" in str(indices_bench.show(slow, 20_000).caption)
