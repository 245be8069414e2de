"""Fixtures and Hypothesis profiles that all tests share."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.faults import tally

CHECKOUT = Path(__file__).resolve().parent.parent
SHARED_DATA = CHECKOUT.parent / "shared" / "data"

settings.register_profile(
    "default", deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("fuzz", settings.get_profile("default"), max_examples=5_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))


BEGIN_WITH = (
    "tests/exchange/core/test_bounds_checked.py",
    "tests/exchange/core/test_jit_off.py",
    "tests/benchmarks/test_startup_bench.py",
    "tests/matching/test_compiled.py",
)
"""Few tests of a minute each. At the end one worker would wait for the other; and these have caches of
their own, so that the workers do not compile the same kernels at once."""


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """Let our order of files stand where xdist deals them out."""
    if hasattr(config.option, "loadscopereorder"):
        config.option.loadscopereorder = False


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Begin with what takes long; the other files go by their number of tests, as xdist orders them."""
    if hasattr(config, "workerinput"):
        file_of = {item: item.nodeid.partition("::")[0] for item in items}
        counts = Counter(file_of.values())
        ranks = {path: rank for rank, path in enumerate(BEGIN_WITH)}
        last = len(ranks)
        items.sort(key=lambda item: (ranks.get(file_of[item], last), -counts[file_of[item]]))


@pytest.fixture(scope="session")
def checkout() -> Path:
    """The folder that holds pyproject.toml."""
    return CHECKOUT


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of external oracles beside the checkout; tests that need it skip without it."""
    if not SHARED_DATA.is_dir():
        pytest.skip("../shared/data is not beside this checkout")
    return SHARED_DATA


FAULTS: Counter[tuple[str, str]] = Counter()


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Add up what tests tell of the faults that they tried, also from other processes."""
    if report.when == "teardown":
        for name, told in report.user_properties:
            if name == tally.PROPERTY:
                FAULTS.update({(kind, outcome): count for kind, outcome, count in told})


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print how many faults were survived."""
    if FAULTS:
        terminalreporter.section("faults survived")
        for line in tally.table(FAULTS):
            terminalreporter.write_line(line)
