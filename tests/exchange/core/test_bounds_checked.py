"""Books and core again with every array index checked, in one process: the parts are typed once for both."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.lanes import (
    ALL,
    CORE,
    PARTS_ALONE,
    TIMEOUT_S,
    books_modules,
    core_modules,
    passed_in,
)

SWITCHES = {"NUMBA_BOUNDSCHECK": "1", "NUMBA_OPT": "1"}
"""A check is the same however little is optimised around it. Not at all is no gain: what is inlined
then stays as large as it is, two gigabytes of it."""

COUNTS = {
    "MATCHING_EXAMPLES": "8",
    "MATCHING_LONG_RUN": "600",
    "MATCHING_STORIES": "20",
    "CORE_EXAMPLES": "8",
}


@pytest.mark.timeout(0 if ALL else TIMEOUT_S + 30)
def test_nothing_is_read_beyond_an_array(checkout: Path) -> None:
    books = books_modules(checkout, left_out=set() if ALL else PARTS_ALONE)
    assert len(books) > 45
    modules = [*books, *core_modules(checkout, *CORE)]
    assert passed_in(checkout, modules, SWITCHES, COUNTS) > 400
