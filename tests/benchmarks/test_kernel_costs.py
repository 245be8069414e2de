"""What is measured around the kernel is what the words say."""

from __future__ import annotations

import os

import numpy as np
import pytest

from benchmarks import kernel_costs
from benchmarks.flow import Rows
from benchmarks.kernel_costs import Start
from benchmarks.mixes import FUTURES, generate
from matching.book import OrderBooks


def test_single_calls_are_timed() -> None:
    calls = kernel_costs.single_calls(1)
    assert calls.submit_ns > 0
    assert calls.cancel_ns > 0


def test_warm_books_keep_nothing() -> None:
    flow = generate(FUTURES._replace(live=500), 60_000, seed=5)
    steady = kernel_costs.steady_state(flow)
    assert steady.batches == 40
    assert steady.kept_bytes == 0
    assert not steady.moved


def test_an_array_that_is_replaced_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    flow = generate(FUTURES._replace(live=500), 40_000, seed=5)
    right = OrderBooks.apply

    def growing(books: OrderBooks, commands: Rows) -> Rows:
        vars(books)["extra"] = np.zeros(100_000, np.int64)
        return right(books, commands)

    monkeypatch.setattr(OrderBooks, "apply", growing)
    steady = kernel_costs.steady_state(flow)
    assert steady.moved
    assert steady.passing_bytes >= 800_000


def test_a_start_is_timed_in_an_interpreter_of_its_own() -> None:
    # With the cache that the other tests have, or it would compile everything.
    start = kernel_costs.start(dict(os.environ))
    assert all(seconds > 0 for seconds in start)
    assert Start(1.0, 2.0, 4.0).kernel_s == 3.0
