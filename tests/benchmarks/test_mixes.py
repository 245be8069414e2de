"""Each mix is as hard as its words say."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.flow import LEVELS, Flow, Mix, Verb
from benchmarks.mixes import (
    JUMP_CHUNKS,
    JUMPS,
    LARGE,
    MIXES,
    ONE_LEVEL,
    SPARSE,
    STORM,
    SWEEPS,
    generate,
)
from matching import layout as at
from matching.book import OrderBooks
from matching.layout import EventKind, Side
from matching.reference import ReferenceBooks


def books_after(flow: Flow) -> OrderBooks:
    books = OrderBooks()
    books.add_book(LEVELS)
    books.apply(flow.commands)
    return books


@pytest.mark.parametrize("mix", MIXES, ids=lambda mix: mix.name)
def test_every_command_is_accepted_by_the_oracle(mix: Mix) -> None:
    flow = generate(mix._replace(live=min(mix.live, 1_000)), 4_000, seed=2)
    books = ReferenceBooks()
    books.add_book(LEVELS)
    events = books.apply(flow.commands.tolist())
    assert len(flow.messages) == flow.preload + 4_000
    assert all(event[at.EVENT_KIND] != EventKind.REJECTED for event in events)
    assert books.live == flow.live > 0


def test_the_large_book_stays_large() -> None:
    assert LARGE.live == 500_000
    flow = generate(LARGE._replace(live=20_000), 10_000, seed=1)
    assert flow.live == pytest.approx(20_000, rel=0.05)


def test_prices_jump_by_half_and_leave_a_gap() -> None:
    flow = generate(JUMPS, 12 * JUMP_CHUNKS * 500, seed=1)
    added = flow.messages[flow.preload :]
    added = added[added[:, 0] == Verb.ADD, 3]
    middles = np.median(added[: len(added) // 500 * 500].reshape(-1, 500), axis=1)
    moves = middles[2:] / middles[:-2]
    assert (moves > 1.4).sum() >= 4
    assert (moves < 0.6).sum() >= 2
    assert np.bincount(flow.trades[:, 0]).max() > 1_000
    depth = [price for side in Side for price, _, _ in books_after(flow).depth(0, side)]
    assert np.diff(sorted(depth)).max() > LEVELS // 10


def test_the_sparse_book_is_empty_between_its_orders() -> None:
    books = books_after(generate(SPARSE, 4_000, seed=1))
    asks = [price for price, _, _ in books.depth(0, Side.SELL)]
    assert np.diff(asks).mean() > 10
    assert asks[-1] - asks[0] > LEVELS // 3


def test_one_level_holds_all() -> None:
    books = books_after(generate(ONE_LEVEL, 4_000, seed=1))
    for side in Side:
        levels = books.depth(0, side)
        assert len(levels) == 1
        assert levels[0][2] > 3_000


def test_a_storm_empties_the_book_and_it_fills_again() -> None:
    flow = generate(STORM._replace(live=1_000), 3_500, seed=1)
    alive = np.cumsum(np.where(flow.messages[:, 0] == Verb.ADD, 1, -1))
    assert alive[flow.preload + 999] == 0
    assert alive[flow.preload + 1_999] == 1_000
    assert len(flow.trades) == 0
    cancelled = flow.messages[flow.preload : flow.preload + 1_000, 1]
    assert not np.array_equal(cancelled, np.sort(cancelled))


def test_sweeps_take_many_orders_over_several_levels() -> None:
    flow = generate(SWEEPS, 20_000, seed=1)
    _, orders = np.unique(flow.trades[:, 0], return_counts=True)
    assert orders.mean() > 10
    levels = len(np.unique(flow.trades[:, [0, 3]], axis=0)) / len(orders)
    assert levels > 2
