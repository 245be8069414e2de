"""The driver of lives, shared by the tests of a worker, and the tally of a test."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.faults import shim
from tests.faults.lives import Driver
from tests.faults.tally import PROPERTY, Tally


@pytest.fixture(scope="session")
def library() -> Path:
    """The compiled library of faults."""
    if sys.platform != "linux":
        pytest.skip("faults are injected by LD_PRELOAD and /proc, which Linux has")
    found = shim.compiled()
    if found is None:
        pytest.skip("there is no C compiler (cc) to compile the library of faults with")
    return found


@pytest.fixture(scope="session")
def driver(library: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Driver]:
    """A driver of lives, warm."""
    found = Driver(tmp_path_factory.mktemp("driver"), library)
    yield found
    found.close()


@pytest.fixture
def tally(record_property: Callable[[str, object], None]) -> Iterator[Tally]:
    """Counts this test's faults for the table at the end of the run."""
    found = Tally()
    yield found
    record_property(PROPERTY, [[*key, count] for key, count in found.counts.items()])
