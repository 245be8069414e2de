"""The measured mix is what it says, and every engine that is compared gets the same orders."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.flow import LEVELS, Flow, Verb, generate, order_numbers
from matching import layout as at
from matching.layout import EventKind
from matching.reference import ReferenceBooks


@pytest.fixture(scope="module")
def flow() -> Flow:
    return generate(20_000, 1_000, distance_ticks=20.0, seed=3)


def test_shares_are_those_of_the_mix(flow: Flow) -> None:
    timed = flow.messages[flow.preload :]
    shares = np.bincount(timed[:, 0], minlength=3) / len(timed)
    assert shares == pytest.approx([0.53, 0.42, 0.05], abs=0.02)
    assert len(timed) > 19_000
    assert 800 < flow.live < 1_250
    takers = len(set(flow.trades[:, 0].tolist())) / len(timed)
    assert 0.045 < takers < 0.1


def test_one_seed_gives_one_stream(flow: Flow) -> None:
    again = generate(20_000, 1_000, distance_ticks=20.0, seed=3)
    other = generate(20_000, 1_000, distance_ticks=20.0, seed=4)
    assert all(np.array_equal(a, b) for a, b in zip(again[:3], flow[:3], strict=True))
    assert not np.array_equal(other.messages[1_000:2_000], flow.messages[1_000:2_000])


def test_the_oracle_accepts_every_command_and_makes_the_same_trades(flow: Flow) -> None:
    books = ReferenceBooks()
    books.add_book(LEVELS)
    events = np.array(books.apply(flow.commands.tolist()), np.int64)
    assert not (events[:, at.EVENT_KIND] == EventKind.REJECTED).any()
    executed = events[events[:, at.EVENT_KIND] == EventKind.EXECUTED]
    trades = np.column_stack(
        [
            executed[:, at.EVENT_COMMAND],
            order_numbers(executed[:, at.EVENT_OTHER]),
            order_numbers(executed[:, at.EVENT_ORDER_ID]),
            executed[:, at.EVENT_PRICE_TICKS],
            executed[:, at.EVENT_QTY_LOTS],
        ]
    )
    assert np.array_equal(trades, flow.trades)
    assert books.live == flow.live


def test_amends_always_lose_their_priority(flow: Flow) -> None:
    price: dict[int, int] = {}
    for kind, order, _, price_ticks, _ in flow.messages.tolist():
        if kind == Verb.AMEND:
            assert price[order] != price_ticks
        if kind != Verb.CANCEL:
            price[order] = price_ticks
