"""Tables of equal-length arrays."""

from __future__ import annotations

import numpy as np

from clients.economy.supply import Deliveries


def table(*gpus: int) -> Deliveries:
    count = len(gpus)
    return Deliveries(np.arange(count), np.array(gpus, np.int64), np.full(count, 5))


def test_rows_are_appended_kept_and_taken_across_all_columns() -> None:
    rows = table(1, 2, 3)
    rows.append(table(9))
    assert len(rows) == 4
    assert rows.gpus.tolist() == [1, 2, 3, 9]
    assert rows.take(np.array([3, 0])).gpus.tolist() == [9, 1]
    rows.keep(rows.gpus > 1)
    assert (rows.offer.tolist(), rows.gpus.tolist(), rows.day.tolist()) == (
        [1, 2, 0],
        [2, 3, 9],
        [5] * 3,
    )
