"""The compiled batch by itself, and the core's tests again with the compiler off and bounds checked."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from exchange.core import kernel
from exchange.core import layout as at
from exchange.core.commands import batch_of
from matching.kernel import NEEDS_ROOM
from tests.exchange.core.lab import BUY, USD, Lab, spec, submit

LANES = {
    "jit off": {"NUMBA_DISABLE_JIT": "1", "CORE_EXAMPLES": "6", "CORE_LONGEST": "60"},
    "bounds checked": {"NUMBA_BOUNDSCHECK": "1", "CORE_EXAMPLES": "15"},
}
TIMEOUT_S = 240


def test_a_batch_without_room_changes_nothing() -> None:
    lab = Lab(spec(), deposits=(10**6 * USD,))
    core, books = lab.core, lab.core.books
    digest = lab.digest
    rows = batch_of([submit(0, BUY, 290, 1)] * 3, core.seq + 1, lab.ts_ns).rows
    for events, matched in ((11, 1_024), (1_024, 11)):
        count = kernel.apply_batch(
            books.rows,
            books.levels,
            books.bitmap,
            books.order_rows,
            books.pool,
            books.events[:matched],
            core.instruments,
            core.accounts,
            core.positions,
            core.venue,
            rows,
            np.zeros((events, at.EVENT_COLUMNS), np.int64),
        )
        assert count == NEEDS_ROOM
    assert lab.digest == digest


@pytest.mark.parametrize("lane", LANES)
def test_the_core_behaves_alike_in_other_lanes(lane: str, checkout: Path) -> None:
    names = ("core", "clearing", "margin", "risk", "entry", "cancels", "marks", "translate")
    outcome = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "-p", "no:xdist"]
        + ["-k", "not hash_seed"]
        + [f"tests/exchange/core/test_{name}.py" for name in names],
        cwd=checkout,
        env={**os.environ, **LANES[lane]},
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )
    assert outcome.returncode == 0, outcome.stdout[-6_000:] + outcome.stderr[-2_000:]
    passed = re.search(r"(\d+) passed", outcome.stdout)
    assert passed is not None
    assert int(passed[1]) > 90
