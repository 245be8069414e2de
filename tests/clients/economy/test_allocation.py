"""Deals: against a naive matcher, and the laws of quantity."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from clients.economy.allocation import allocate


def naive(
    known: list[list[int]],
    prices: list[list[float]],
    taken: list[list[bool]],
    wanted: list[int],
    queue: list[float],
    free: list[int],
) -> set[tuple[int, int, int]]:
    """Round after round, offer after offer, customer after customer in the queue's order."""
    left, deals = list(wanted), set()
    for turn in range(len(known[0]) if known else 0):
        for offer in range(len(free)):
            callers = []
            for customer, row in enumerate(known):
                choices = sorted(
                    (prices[customer][at], at) for at in range(len(row)) if taken[customer][at]
                )
                if turn < len(choices) and row[choices[turn][1]] == offer and left[customer]:
                    callers.append(customer)
            for customer in sorted(callers, key=lambda each: queue[each]):
                got = min(left[customer], free[offer])
                if got:
                    left[customer] -= got
                    free[offer] -= got
                    deals.add((customer, offer, got))
    return deals


@st.composite
def markets(draw: st.DrawFn) -> tuple[np.ndarray, ...]:
    customers = draw(st.integers(1, 8))
    offers = draw(st.integers(1, 5))
    width = draw(st.integers(1, offers))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    known = np.array([rng.permutation(offers)[:width] for _ in range(customers)])
    return (
        known,
        rng.random((customers, width)),
        rng.random((customers, width)) < 0.8,
        rng.integers(0, 20, customers),
        rng.permutation(customers) / customers,
        rng.integers(0, 30, offers),
    )


@given(markets())
def test_the_same_deals_as_a_naive_matcher(market: tuple[np.ndarray, ...]) -> None:
    known, prices, taken, wanted, queue, free = market
    expected = naive(*(column.tolist() for column in (known, prices, taken, wanted, queue, free)))
    found = allocate(known, prices, taken, wanted, queue, free)
    assert set(zip(*(column.tolist() for column in found), strict=True)) == expected


@given(markets())
def test_nobody_gets_more_than_wanted_and_no_offer_gives_more_than_it_has(
    market: tuple[np.ndarray, ...],
) -> None:
    known, prices, taken, wanted, queue, free = market
    before = free.copy()
    found = allocate(known, prices, taken, wanted, queue, free)
    assert (np.bincount(found.customer, found.gpus, len(wanted)) <= wanted).all()
    assert (before - free == np.bincount(found.offer, found.gpus, len(free))).all()
    assert (free >= 0).all()


def test_who_knows_nobody_gets_nothing() -> None:
    none = np.zeros((1, 0), np.int64)
    found = allocate(none, none * 1.0, none > 0, np.array([5]), np.array([0.5]), np.array([9]))
    assert len(found.customer) == 0
