"""Telling the tests of books and core again in a lane: a process of its own, kernels built otherwise.

What a lane adds to the compiled one is the paths of the kernels under another arithmetic or with checked
indices. So it leaves out what runs no kernel (the oracle alone, the compiler's own tests), and
what compiles single parts by themselves where compiling is dear. ``make lanes`` leaves out less
and takes all examples.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

ALL = os.environ.get("CFX_LANES") == "all"

NOT_IN_LANES = {"test_compiled", "test_parts", "test_passing", "test_layout"}
"""What is about the compiler itself, or runs nothing."""

PARTS_ALONE = {
    "test_allocation",
    "test_auction",
    "test_bitmap",
    "test_events",
    "test_heap",
    "test_queue",
    "test_waiting",
}
"""What compiles parts of the books by themselves."""

DEAR_IN_PYTHON = {"test_ahead", "test_auction"}
"""Large books, which only a compiled kernel goes through soon; stories and uncrossings run the same paths."""

CORE = (
    *("activation", "amending", "cancels", "clearing", "control", "core", "entry", "guards"),
    *("labels", "ledger", "marks", "quoting", "risk", "translate"),
)
"""What runs the whole of the core's kernel."""

LEFT_OUT = "hash_seed or fuzzer or ReferenceBooks"
"""Tests of other processes, and of the oracle alone."""

OPTIONS = ["-q", "-x", "-p", "no:cacheprovider", "-p", "no:xdist", "-k", f"not ({LEFT_OUT})"]
TIMEOUT_S = 600


def books_modules(checkout: Path, *, left_out: set[str]) -> list[Path]:
    """Return the tests of the compiled books, without some and without those of the oracle."""
    found = sorted((checkout / "tests" / "matching").glob("test_*.py"))
    return [
        path
        for path in found
        if path.stem not in NOT_IN_LANES | left_out and not path.stem.startswith("test_reference")
    ]


def core_modules(checkout: Path, *names: str) -> list[Path]:
    """Return the tests of these modules of the core."""
    folder = checkout / "tests" / "exchange" / "core"
    return [folder / f"test_{name}.py" for name in names]


def passed_in(
    checkout: Path, modules: list[Path], switches: dict[str, str], counts: dict[str, str]
) -> int:
    """Run test modules in one new process; assert that none fails and return how many tests passed.

    counts: of examples, in the environment; unless all are asked for.
    """
    inherited = {name: kept for name, kept in os.environ.items() if name not in counts}
    outcome = subprocess.run(
        [sys.executable, "-m", "pytest", *OPTIONS, *map(str, modules)],
        cwd=checkout,
        env={**inherited, **switches, **({} if ALL else counts)},
        capture_output=True,
        text=True,
        timeout=None if ALL else TIMEOUT_S,
        check=False,
    )
    assert outcome.returncode == 0, outcome.stdout[-6_000:] + outcome.stderr[-2_000:]
    passed = re.search(r"(\d+) passed", outcome.stdout)
    assert passed is not None, outcome.stdout[-2_000:]
    return int(passed[1])
