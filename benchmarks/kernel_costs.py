"""What the kernel costs around the matching: a call from Python, the start, memory in steady state."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
import tracemalloc
from pathlib import Path
from typing import NamedTuple

import numpy as np

from benchmarks.flow import LEVELS, MID_TICKS, Flow, Rows
from benchmarks.rounds import BATCH, open_kernel
from matching.book import OrderBooks

CALLS = 20_000
WARM_BATCHES = 20

START = """
import json, time
began = time.perf_counter()
import numpy
from matching.book import OrderBooks
imported = time.perf_counter()
books = OrderBooks()
books.add_book({levels})
row = numpy.array([[1, 0, 0, 0, 0, 1, 1, 0]], numpy.int64)
books.apply(row)
batch = time.perf_counter()
order_id = int(books.submit(0, 0, 1, 1)[0, 2])
books.amend(order_id, 2, 1)
books.cancel(order_id)
single = time.perf_counter()
print(json.dumps([imported - began, batch - imported, single - batch]))
"""


class SingleCalls(NamedTuple):
    """Nanoseconds of one call in a tight loop, median of rounds."""

    submit_ns: float
    cancel_ns: float


class Start(NamedTuple):
    """Seconds of a new interpreter, its own start not counted.

    import_s: importing the book. batch_s: the first batch. single_s: the first submit, amend and cancel.
    """

    import_s: float
    batch_s: float
    single_s: float

    @property
    def kernel_s(self) -> float:
        """Until the first batch is applied."""
        return self.import_s + self.batch_s


class Steady(NamedTuple):
    """What batches allocate once the books are warm.

    kept_bytes: growth over all batches. passing_bytes: the most at one time within. moved: whether an
    array of the books was replaced.
    """

    batches: int
    kept_bytes: int
    passing_bytes: int
    moved: bool


def single_calls(rounds: int) -> SingleCalls:
    """Time submits that rest and cancels of them, 20,000 a round, in a loop that does nothing else."""
    submits, cancels = [], []
    prices = (MID_TICKS - 1 - np.arange(CALLS) % 50).tolist()
    for _ in range(rounds):
        books = open_kernel()
        books.make_room(CALLS)
        submit, cancel = books.submit, books.cancel
        started = time.perf_counter_ns()
        for price_ticks in prices:
            submit(0, 0, price_ticks, 5)
        submits.append((time.perf_counter_ns() - started) / CALLS)
        order_ids = [order[0] for order in books.orders(0, 0)]
        started = time.perf_counter_ns()
        for order_id in order_ids:
            cancel(order_id)
        cancels.append((time.perf_counter_ns() - started) / CALLS)
    return SingleCalls(statistics.median(submits), statistics.median(cancels))


def starts(runs: int) -> tuple[Start, Start]:
    """Return a cold start and, from the cache that it leaves, the median of ``runs`` cached ones."""
    with tempfile.TemporaryDirectory() as folder:
        # XDG_CACHE_HOME is where kernels are kept on Linux, the home directory decides elsewhere.
        environment = {"XDG_CACHE_HOME": folder, "HOME": folder}
        cold = start(environment)
        cached = sorted((start(environment) for _ in range(runs)), key=sum)
    return cold, cached[runs // 2]


def start(environment: dict[str, str]) -> Start:
    """Import the kernel and use it in a new interpreter with this environment."""
    answer = subprocess.run(
        [sys.executable, "-c", START.format(levels=LEVELS)],
        cwd=Path(__file__).parent.parent,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return Start(*json.loads(answer.stdout))


def steady_state(flow: Flow) -> Steady:
    """Apply a flow's batches to warm books and watch every allocation of Python and NumPy."""
    books = open_kernel()
    for start in range(0, flow.preload, BATCH):
        books.apply(flow.commands[start : min(start + BATCH, flow.preload)])
    batches = [
        flow.commands[start : start + BATCH]
        for start in range(flow.preload, len(flow.commands), BATCH)
    ]
    for batch in batches[:WARM_BATCHES]:
        books.apply(batch)
    before = _arrays(books)
    measured = batches[WARM_BATCHES:]
    tracemalloc.start()
    try:
        books.apply(measured[0])
        tracemalloc.reset_peak()
        held, _ = tracemalloc.get_traced_memory()
        for batch in measured[1:]:
            books.apply(batch)
        kept, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    after = _arrays(books)
    moved = len(after) != len(before) or any(
        new is not old for new, old in zip(after, before, strict=True)
    )
    return Steady(len(measured), kept - held, peak - held, moved)


def _arrays(books: OrderBooks) -> list[Rows]:
    """Return the arrays that books hold, as attributes or in a tuple of theirs."""
    items = [
        kept
        for item in vars(books).values()
        for kept in (item if isinstance(item, tuple) else (item,))
    ]
    held = [item for item in items if isinstance(item, np.ndarray)]
    if not held:
        raise RuntimeError("the books hold no arrays where they are looked for")
    return held
