"""A series as a line of blocks, for a terminal."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

_BLOCKS = "▁▂▃▄▅▆▇█"


def sparkline(values: Sequence[float | None], width: int = 60) -> str:
    """Return a line of blocks from the lowest to the highest value; a gap for None and NaN.

    Longer series are drawn by the mean of each of `width` stretches.
    """
    count = min(width, len(values))
    edges = [round(place * len(values) / count) for place in range(count + 1)] if count else []
    means = []
    for begin, end in pairwise(edges):
        known = [
            value for value in values[begin:end] if value is not None and not math.isnan(value)
        ]
        means.append(math.fsum(known) / len(known) if known else None)
    known = [value for value in means if value is not None]
    if not known:
        return " " * count
    low, high = min(known), max(known)
    scale = (len(_BLOCKS) - 1) / (high - low) if high > low else 0.0
    return "".join(
        " " if value is None else _BLOCKS[round((value - low) * scale)] for value in means
    )
