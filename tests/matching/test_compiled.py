"""The compiler's switches do what the kernels rely on, and the cache cannot serve a stale kernel."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numba
import numpy as np
import pytest

from matching import cancels, entry, kernel, matcher
from matching.compiled import JIT, called, fingerprint, leading_zeros, trailing_zeros

compiled_only = pytest.mark.skipif(not JIT, reason="there is nothing compiled with the JIT off")
WORDS = [1, 2, 3, 1 << 31, 1 << 62, (1 << 63) - 1, -1, -(1 << 63), -2, 0x5000, -(1 << 40)]


def zeros_of(words: np.ndarray, counts: np.ndarray) -> None:
    for i in range(len(words)):
        counts[i, 0] = trailing_zeros(words[i])
        counts[i, 1] = leading_zeros(words[i])


def test_zero_bits_are_counted_as_python_counts_them() -> None:
    words = np.array(WORDS, np.int64)
    counts = np.zeros((len(WORDS), 2), np.int64)
    numba.njit(zeros_of)(words, counts)
    for word, (trailing, leading) in zip(WORDS, counts.tolist(), strict=True):
        bits = f"{word & (1 << 64) - 1:064b}"
        assert trailing == len(bits) - len(bits.rstrip("0"))
        assert leading == len(bits) - len(bits.lstrip("0"))


@compiled_only
def test_kernels_are_built_without_the_runtime_that_counts_references() -> None:
    for function in (kernel.apply_batch, entry.submit, entry.amend, matcher.match, cancels.cancel):
        assert function.targetoptions["_nrt"] is False


def inner(rows: np.ndarray, n: int) -> int:
    if n > 1000:
        return 0
    return int(rows[n % len(rows)])


@compiled_only
def test_the_private_option_still_removes_reference_counting() -> None:
    """Numba's `_nrt` is private: should it go or lose its effect, kernels get several times slower."""

    def outer_of(counted: bool) -> str:
        callee = numba.njit(inner) if counted else called(inner)

        def outer(rows: np.ndarray, n: int) -> int:
            view = rows[1:]
            return callee(view, n) + callee(rows, n)

        options = {} if counted else {"_nrt": False}
        compiled = numba.njit(**options)(outer)
        assert compiled(np.arange(10), 3) == 7
        return "".join(compiled.inspect_llvm().values())

    assert "NRT_incref" in outer_of(counted=True)
    assert "NRT_" not in outer_of(counted=False)


def test_the_cache_is_named_by_every_source_and_switch(tmp_path: Path) -> None:
    code = "from matching.compiled import fingerprint; import matching; print(fingerprint(('matching',)))"
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}

    def named(cwd: Path, **switches: str) -> str:
        outcome = subprocess.run(
            [sys.executable, "-c", code],
            cwd=cwd,
            env={**environment, "PYTHONPATH": str(cwd), **switches},
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
        return outcome.stdout.strip()

    package = tmp_path / "matching"
    package.mkdir()
    for source in Path(kernel.__file__).parent.glob("*.py"):
        (package / source.name).write_bytes(source.read_bytes())
    first = named(tmp_path)
    assert first == fingerprint(("matching",)) or "NUMBA_BOUNDSCHECK" in os.environ
    assert named(tmp_path, NUMBA_BOUNDSCHECK="1") != first
    with (package / "queue.py").open("a") as source:
        source.write("\n")
    assert named(tmp_path) != first
