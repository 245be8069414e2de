"""A measurement that fails in its own process is told from one that is slow."""

from __future__ import annotations

import os
import time
from functools import partial

from benchmarks.children import Failed, in_child, resident_bytes


def test_an_answer_comes_back_from_both_kinds_of_process() -> None:
    assert in_child(lambda: (1, "two"), 20.0) == (1, "two")
    assert in_child(partial(divmod, 7, 2), 60.0, fresh=True) == (3, 1)


def test_a_crash_a_hang_and_an_error_are_words() -> None:
    def crash() -> int:
        os._exit(3)

    def hang() -> int:
        time.sleep(30)
        raise AssertionError

    def fail() -> int:
        raise KeyError("no such order")

    assert in_child(crash, 10.0) == Failed("crashed (exit 3)")
    hung = in_child(hang, 0.2)
    assert isinstance(hung, Failed)
    assert hung.startswith("hangs")
    assert in_child(fail, 10.0) == Failed("KeyError: 'no such order'")


def test_memory_that_is_written_is_resident() -> None:
    before = resident_bytes()
    if before is None:
        assert not os.path.exists("/proc/self/statm")  # noqa: PTH110
        return
    written = bytearray(os.urandom(1 << 20) * 32)
    after = resident_bytes()
    assert after is not None
    assert after - before >= len(written) // 2
