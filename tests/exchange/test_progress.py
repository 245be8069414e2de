"""The bar of work on many commands."""

from __future__ import annotations

from exchange.progress import progress_bar


def test_a_bar_counts_to_its_total() -> None:
    with progress_bar("testing", 5) as bar:
        bar.update(bar.task_ids[0], completed=5)
        assert bar.finished
