"""Telling random stories for as long as one is told: batches in processes of their own, seeds printed.

On a difference the line that replays it is printed, and the exit code is 1.
"""

from __future__ import annotations

import argparse
import os
import random
import time
import traceback
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from typing import NamedTuple

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
)

_SEEDS = 1 << 40


class Outcome(NamedTuple):
    """What became of a batch of stories: the seed that failed and why, or None."""

    stories: int
    rows: int
    failed_seed: int | None = None
    reason: str = ""


class Fuzz(NamedTuple):
    """What tells the stories of a module.

    tell_batch: first seed, stories, steps -> what became of them; a function that a new process finds.
    """

    module: str
    tell_batch: Callable[[int, int, int], Outcome]
    batch: int
    steps: int

    def replay_line(self, seed: int, steps: int) -> str:
        """Return the command that tells one story again."""
        return f"python -m {self.module} --seed {seed} --steps {steps}"


def told(tell: Callable[[int, int], int], first_seed: int, stories: int, steps: int) -> Outcome:
    """Tell stories of consecutive seeds; stop at the first difference. tell: returns its event rows."""
    rows = 0
    for number in range(stories):
        try:
            rows += tell(first_seed + number, steps)
        except AssertionError:
            return Outcome(number, rows, first_seed + number, traceback.format_exc(limit=3))
    return Outcome(stories, rows)


def _result(future: Future[Outcome], first_seed: int) -> Outcome:
    try:
        return future.result()
    except BrokenProcessPool:
        return Outcome(0, 0, first_seed, "the process that told them died")


def _parser(fuzz: Fuzz) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=f"python -m {fuzz.module}", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60, help="how long to go on")
    parser.add_argument("--steps", type=int, default=fuzz.steps, help="steps of each story")
    parser.add_argument("--seed", type=int, help="tell the story of this seed alone")
    parser.add_argument("--first-seed", type=int, help="begin here instead of anywhere")
    parser.add_argument(
        "--processes", type=int, default=max(1, (os.cpu_count() or 2) - 1), help="all cores but one"
    )
    return parser


def _replay(fuzz: Fuzz, console: Console, seed: int, steps: int) -> int:
    outcome = fuzz.tell_batch(seed, 1, steps)
    if outcome.failed_seed is None:
        console.print(f"seed {seed}: {steps} steps, {outcome.rows} rows, no difference")
        return 0
    console.print(outcome.reason, markup=False, highlight=False)
    return 1


def _run(fuzz: Fuzz, console: Console, arguments: argparse.Namespace) -> int:
    seed = arguments.first_seed
    if seed is None:
        seed = random.SystemRandom().randrange(_SEEDS)
    deadline = time.monotonic() + arguments.seconds
    begun = time.monotonic()
    stories = rows = 0
    failed: Outcome | None = None
    progress = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        MofNCompleteColumn(),
        TextColumn("s"),
        TimeElapsedColumn(),
        console=console,
    )
    with (
        ProcessPoolExecutor(arguments.processes, mp_context=get_context("spawn")) as pool,
        progress,
    ):
        task = progress.add_task("fuzz", total=round(arguments.seconds))
        running: dict[Future[Outcome], int] = {}
        while failed is None and (running or not stories or time.monotonic() < deadline):
            while len(running) < arguments.processes and (
                time.monotonic() < deadline or not (running or stories)
            ):
                future = pool.submit(fuzz.tell_batch, seed, fuzz.batch, arguments.steps)
                running[future] = seed
                seed += fuzz.batch
            done, _ = wait(running, timeout=1, return_when=FIRST_COMPLETED)
            for future in done:
                first = running.pop(future)
                outcome = _result(future, first)
                stories, rows = stories + outcome.stories, rows + outcome.rows
                console.print(
                    f"seeds {first} to {first + fuzz.batch - 1}: {outcome.rows} rows",
                    highlight=False,
                )
                if outcome.failed_seed is not None:
                    failed = outcome
            spent = time.monotonic() - begun
            progress.update(
                task,
                completed=min(round(spent), round(arguments.seconds)),
                description=f"{stories} stories, {stories / spent:.1f}/s, {rows} rows",
            )
        pool.shutdown(cancel_futures=True)
    if failed is None or failed.failed_seed is None:
        console.print(f"{stories} stories of {arguments.steps} steps, {rows} rows, no difference")
        return 0
    console.print(failed.reason, markup=False, highlight=False)
    line = fuzz.replay_line(failed.failed_seed, arguments.steps)
    console.print(line, style="bold", highlight=False)
    return 1


def main(fuzz: Fuzz, words: list[str] | None = None) -> int:
    """Run from the command line; return the exit code."""
    arguments = _parser(fuzz).parse_args(words)
    console = Console(soft_wrap=True)
    if arguments.seed is not None:
        return _replay(fuzz, console, arguments.seed, arguments.steps)
    return _run(fuzz, console, arguments)
