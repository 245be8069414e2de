"""Books and core again as plain Python: its integers and the compiled ones come to the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.lanes import (
    ALL,
    CORE,
    DEAR_IN_PYTHON,
    TIMEOUT_S,
    books_modules,
    core_modules,
    passed_in,
)

COUNTS = {
    "MATCHING_EXAMPLES": "4",
    "MATCHING_LONG_RUN": "200",
    "MATCHING_STORIES": "8",
    "CORE_EXAMPLES": "4",
    "CORE_LONGEST": "60",
}


@pytest.mark.timeout(0 if ALL else TIMEOUT_S + 30)
def test_plain_python_comes_to_the_same(checkout: Path) -> None:
    books = books_modules(checkout, left_out=set() if ALL else DEAR_IN_PYTHON)
    modules = [*books, *core_modules(checkout, *CORE, "margin")]
    assert passed_in(checkout, modules, {"NUMBA_DISABLE_JIT": "1"}, COUNTS) > 400
