"""The bitmap of occupied levels against a plain set."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching.bitmap import next_above, next_below, occupy, side_words, vacate

EDGES = [0, 1, 62, 63, 64, 65, 4031, 4032, 4094, 4095, 4096, 4097, 8191, 8192]


@pytest.mark.parametrize(("levels", "words"), [(4096, 66), (8192, 131), (262_144, 4161)])
def test_a_side_has_one_bit_a_level_and_two_stages_above(levels: int, words: int) -> None:
    assert side_words(levels) == words


@given(st.data())
def test_neighbours_equal_those_of_a_set(data: st.DataObject) -> None:
    levels = data.draw(st.sampled_from([4096, 8192, 65_536, 262_144]))
    start = data.draw(st.sampled_from([0, 7]))
    index = st.one_of(
        st.integers(0, levels - 1),
        st.sampled_from([edge for edge in [*EDGES, levels - 64, levels - 1] if edge < levels]),
    )
    bitmap = np.zeros(start + side_words(levels) + 3, np.int64)
    occupied: set[np.int64] = set()
    for drawn, stays in data.draw(st.lists(st.tuples(index, st.booleans()), min_size=5)):
        level = np.int64(drawn)
        if stays and level not in occupied:
            occupy(bitmap, start, levels, level)
            occupied.add(level)
        elif level in occupied:
            vacate(bitmap, start, levels, level)
            occupied.discard(level)
        for probe in map(np.int64, (level, 0, levels - 1, data.draw(index))):
            above = min((one for one in occupied if one > probe), default=levels)
            below = max((one for one in occupied if one < probe), default=-1)
            assert next_above(bitmap, start, levels, probe) == above
            assert next_below(bitmap, start, levels, probe) == below
    for level in occupied:
        vacate(bitmap, start, levels, level)
    assert not bitmap.any()


def test_bits_stay_inside_their_side() -> None:
    levels, words = 4096, side_words(4096)
    bitmap = np.zeros(3 * words, np.int64)
    for level in np.arange(levels):
        occupy(bitmap, words, levels, level)
    assert not bitmap[:words].any()
    assert not bitmap[2 * words :].any()
    assert (bitmap[words : words + 64] == -1).all()
