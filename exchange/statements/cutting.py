"""Batches cut where days end, because a statement is of the moment, not of the batch."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from exchange.core.commands import Batch
from exchange.core.layout import COMMAND_KIND, CommandKind

_DAY_ROLL = int(CommandKind.DAY_ROLL)


def parts(batch: Batch) -> Iterator[Batch]:
    """Yield a batch in pieces of which each but the last ends with a DAY_ROLL; most stay whole."""
    kinds = batch.rows[:, COMMAND_KIND]
    if _DAY_ROLL not in kinds[:-1]:
        yield batch
        return
    ends = np.flatnonzero(kinds == _DAY_ROLL)
    start = 0
    for end in [*(ends + 1).tolist(), len(batch.rows)]:
        if end > start:
            yield batch.part(start, end)
        start = end
