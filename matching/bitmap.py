"""Which price levels are occupied: a 64-ary bitmap of three stages, so that the next best is three words away.

A side of a book of ``levels`` prices (a multiple of 4,096, at most 262,144) has ``levels / 64`` words
of one bit a level, ``levels / 4096`` words of one bit a word, and one word of one bit for each of
those, laid end to end from ``start``.
"""

from __future__ import annotations

from typing import Any

from matching.compiled import inlined, leading_zeros, trailing_zeros

Array = Any


def side_words(levels: int) -> int:
    """Return the words that one side of a book of this many levels takes."""
    return levels // 64 + levels // 4096 + 1


@inlined
def occupy(bitmap: Array, start: int, levels: int, index: int) -> None:
    """Set the bit of a level."""
    word = index >> 6
    bitmap[start + word] |= 1 << (index & 63)
    bitmap[start + (levels >> 6) + (word >> 6)] |= 1 << (word & 63)
    bitmap[start + (levels >> 6) + (levels >> 12)] |= 1 << (word >> 6)


@inlined
def vacate(bitmap: Array, start: int, levels: int, index: int) -> None:
    """Clear the bit of a level, and the bits above that become empty with it."""
    word = index >> 6
    bits = bitmap[start + word] & ~(1 << (index & 63))
    bitmap[start + word] = bits
    if bits == 0:
        middle = start + (levels >> 6) + (word >> 6)
        bits = bitmap[middle] & ~(1 << (word & 63))
        bitmap[middle] = bits
        if bits == 0:
            bitmap[start + (levels >> 6) + (levels >> 12)] &= ~(1 << (word >> 6))


@inlined
def next_above(bitmap: Array, start: int, levels: int, index: int) -> int:
    """Return the lowest occupied level above ``index``, or ``levels`` when there is none."""
    found = levels
    word = index >> 6
    bits = bitmap[start + word] & (-2 << (index & 63))
    if bits != 0:
        found = (word << 6) + trailing_zeros(bits)
    else:
        middle = start + (levels >> 6)
        bits = bitmap[middle + (word >> 6)] & (-2 << (word & 63))
        if bits != 0:
            word = (word >> 6 << 6) + trailing_zeros(bits)
            found = (word << 6) + trailing_zeros(bitmap[start + word])
        else:
            bits = bitmap[middle + (levels >> 12)] & (-2 << (word >> 6))
            if bits != 0:
                word = trailing_zeros(bits)
                word = (word << 6) + trailing_zeros(bitmap[middle + word])
                found = (word << 6) + trailing_zeros(bitmap[start + word])
    return found


@inlined
def next_below(bitmap: Array, start: int, levels: int, index: int) -> int:
    """Return the highest occupied level below ``index``, or -1 when there is none."""
    found = -1
    word = index >> 6
    bits = bitmap[start + word] & ~(-1 << (index & 63))
    if bits != 0:
        found = (word << 6) + 63 - leading_zeros(bits)
    else:
        middle = start + (levels >> 6)
        bits = bitmap[middle + (word >> 6)] & ~(-1 << (word & 63))
        if bits != 0:
            word = (word >> 6 << 6) + 63 - leading_zeros(bits)
            found = (word << 6) + 63 - leading_zeros(bitmap[start + word])
        else:
            bits = bitmap[middle + (levels >> 12)] & ~(-1 << (word >> 6))
            if bits != 0:
                word = 63 - leading_zeros(bits)
                word = (word << 6) + 63 - leading_zeros(bitmap[middle + word])
                found = (word << 6) + 63 - leading_zeros(bitmap[start + word])
    return found
