"""The line of blocks: heights, gaps and widths."""

from __future__ import annotations

import math

from exchange.indices.sparkline import sparkline


def test_it_goes_from_low_to_high_with_gaps() -> None:
    assert sparkline([1.0, 2.0, None, 8.0]) == "▁▂ █"
    assert sparkline([1.0, 2.0, math.nan, 8.0]) == "▁▂ █"
    assert sparkline([3.0, 3.0]) == "▁▁"
    assert sparkline([None, math.nan]) == "  "
    assert sparkline([]) == ""


def test_a_longer_series_is_drawn_by_the_means_of_its_stretches() -> None:
    assert len(sparkline([float(n) for n in range(1000)], 40)) == 40
    assert sparkline([0.0, 2.0, 7.0, 9.0, math.nan, math.nan], 3) == "▁█ "
