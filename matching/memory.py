"""Memory for arrays: rows that begin where cache lines do, in pages of their own where they are large."""

from __future__ import annotations

import mmap
import sys

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.int64]

_LINE_WORDS = 8
_WORD_BYTES = 8
_OWN_PAGES_BYTES = 1 << 20
"""Larger arrays get pages of their own: those of the heap would not all go back to the system."""
_LARGE_PAGE_BYTES = 1 << 21
_PRIVATE = {"flags": mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS} if sys.platform != "win32" else {}


def zeros(*shape: int, large_pages: bool = False) -> Array:
    """Return a zeroed array from the start of a cache line on; memory that is not touched is not taken.

    NumPy aligns to a quarter of a line only, so that what stands in one line of a row would lie in two.
    large_pages: asks for them where the array is large; then a touch takes a whole one.
    """
    words = int(np.prod(shape))
    size_bytes = words * _WORD_BYTES
    if size_bytes < _OWN_PAGES_BYTES:
        raw = np.zeros(words + _LINE_WORDS, np.int64)
        first = -(raw.ctypes.data // _WORD_BYTES) % _LINE_WORDS
        return raw[first : first + words].reshape(shape)
    if not (large_pages and hasattr(mmap, "MADV_HUGEPAGE")):
        return np.frombuffer(mmap.mmap(-1, size_bytes, **_PRIVATE), np.int64).reshape(shape)
    # A large page begins at a multiple of its size: with one to spare the array can begin there, too.
    large_size_bytes = -(-size_bytes // _LARGE_PAGE_BYTES) * _LARGE_PAGE_BYTES
    pages = mmap.mmap(-1, large_size_bytes + _LARGE_PAGE_BYTES, **_PRIVATE)
    pages.madvise(mmap.MADV_HUGEPAGE)
    raw = np.frombuffer(pages, np.int64)
    first = -raw.ctypes.data % _LARGE_PAGE_BYTES // _WORD_BYTES
    return raw[first : first + words].reshape(shape)


def grown(array: Array, *shape: int, large_pages: bool = False) -> Array:
    """Return an array of a larger shape that begins with this one and is zero elsewhere."""
    larger = zeros(*shape, large_pages=large_pages)
    larger[tuple(slice(extent) for extent in array.shape)] = array
    return larger
