"""The comparison with the oracle again with the compiler off, and with array bounds checked."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

LANES = {
    "jit off": {"NUMBA_DISABLE_JIT": "1", "MATCHING_EXAMPLES": "15", "MATCHING_LONG_RUN": "400"},
    "bounds checked": {
        "NUMBA_BOUNDSCHECK": "1",
        "MATCHING_EXAMPLES": "25",
        "MATCHING_LONG_RUN": "900",
    },
}
TIMEOUT_S = 120


@pytest.mark.parametrize("lane", LANES)
def test_the_books_equal_the_oracle(lane: str, checkout: Path) -> None:
    modules = [
        "test_book",
        "test_bounds",
        "test_cancels",
        "test_defects",
        "test_entry",
        "test_lane_probe",
        "test_kernel",
        "test_matcher",
    ]
    if lane == "jit off":
        modules += ["test_bitmap", "test_queue"]
    outcome = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "-p", "no:xdist"]
        + [f"tests/matching/{module}.py" for module in modules],
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
    assert int(passed[1]) > 40
