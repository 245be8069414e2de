"""The comparison with the oracle again with the compiler off, and with array bounds checked."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

LANES = {
    "jit off": {
        "NUMBA_DISABLE_JIT": "1",
        "MATCHING_EXAMPLES": "6",
        "MATCHING_LONG_RUN": "300",
        "MATCHING_STORIES": "12",
    },
    "bounds checked": {
        "NUMBA_BOUNDSCHECK": "1",
        "MATCHING_EXAMPLES": "15",
        "MATCHING_LONG_RUN": "900",
        "MATCHING_STORIES": "40",
    },
}
NOT_IN_LANES = {"test_lanes", "test_compiled", "test_parts", "test_passing", "test_layout"}
"""What is about the compiler itself, starts the lanes, or compiles nothing."""

PARTS_ALONE = {"test_auction", "test_heap", "test_bitmap", "test_queue"} | {
    "test_events",
    "test_waiting",
}
"""Tests of single parts: compiling each by itself takes longer than it is worth with bounds checked."""

OPTIONS = ["-q", "-x", "-p", "no:cacheprovider", "-p", "no:xdist"]
TIMEOUT_S = 240


def modules_of(checkout: Path, lane: str) -> list[str]:
    found = sorted(path for path in (checkout / "tests" / "matching").glob("test_*.py"))
    kept = [path for path in found if path.stem not in NOT_IN_LANES]
    kept = [path for path in kept if not path.stem.startswith("test_reference")]
    if lane == "bounds checked":
        kept = [path for path in kept if path.stem not in PARTS_ALONE]
    return [str(path) for path in kept]


@pytest.mark.parametrize("lane", LANES)
def test_the_books_equal_the_oracle(lane: str, checkout: Path) -> None:
    modules = modules_of(checkout, lane)
    assert len(modules) > 33
    outcome = subprocess.run(
        [sys.executable, "-m", "pytest", *OPTIONS, *modules],
        cwd=checkout,
        env={**os.environ, **LANES[lane]},
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )
    assert outcome.returncode == 0, outcome.stdout[-6000:] + outcome.stderr[-2000:]
    passed = re.search(r"(\d+) passed", outcome.stdout)
    assert passed is not None
    assert int(passed[1]) > 150
