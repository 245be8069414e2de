"""The measured mix is what it says, and every engine that is compared gets the same orders."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.flow import LEVELS, Flow, Verb, trades_of
from benchmarks.mixes import FUTURES, generate
from exchange.contracts.spec import shipped
from matching import layout as at
from matching.layout import EventKind
from matching.reference import ReferenceBooks

MIX = FUTURES._replace(live=1_000, distance_ticks=20)


@pytest.fixture(scope="module")
def flow() -> Flow:
    return generate(MIX, 20_000, seed=3)


def test_shares_are_those_of_the_mix(flow: Flow) -> None:
    timed = flow.messages[flow.preload :]
    shares = np.bincount(timed[:, 0], minlength=3) / len(timed)
    assert shares == pytest.approx([0.53, 0.42, 0.05], abs=0.02)
    assert len(timed) == 20_000
    assert 800 < flow.live < 1_250
    takers = len(set(flow.trades[:, 0].tolist())) / len(timed)
    assert 0.045 < takers < 0.1


def test_one_seed_gives_one_stream(flow: Flow) -> None:
    again, other = generate(MIX, 20_000, seed=3), generate(MIX, 20_000, seed=4)
    assert all(np.array_equal(a, b) for a, b in zip(again[:3], flow[:3], strict=True))
    assert not np.array_equal(other.messages[1_000:2_000], flow.messages[1_000:2_000])


def test_the_oracle_accepts_every_command_and_makes_the_same_trades(flow: Flow) -> None:
    books = ReferenceBooks()
    books.add_book(LEVELS)
    events = np.array(books.apply(flow.commands.tolist()), np.int64)
    assert not (events[:, at.EVENT_KIND] == EventKind.REJECTED).any()
    assert len(flow.trades) > 1_000
    assert np.array_equal(trades_of(events), flow.trades)
    assert books.live == flow.live


def test_amends_always_lose_their_priority(flow: Flow) -> None:
    price: dict[int, int] = {}
    for kind, order, _, price_ticks, _ in flow.messages.tolist():
        if kind == Verb.AMEND:
            assert price[order] != price_ticks
        if kind != Verb.CANCEL:
            price[order] = price_ticks


def test_a_book_is_as_wide_as_the_widest_that_the_exchange_lists() -> None:
    widest = max(spec.max_price_ticks for spec in shipped())
    assert -(-widest // at.LEVELS_STEP) * at.LEVELS_STEP == LEVELS
