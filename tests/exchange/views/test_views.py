"""Snapshots are exact: at any point, and for whatever comes after."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.views.views import Views
from tests.exchange.views.market_flow import Line, opening, random_flow, resolve, seeds


def bounded() -> Views:
    """Return views that forget early, so that forgetting is part of what is compared."""
    return Views(closed_orders_per_account=4, fills_per_account=5)


@given(seeds, st.integers(0, 25))
def test_restored_views_go_on_byte_for_byte(seed: int, cut: int) -> None:
    line, live, flow = Line(), bounded(), random_flow(seed)
    live.apply(*line.apply(opening()))
    restored = None
    for number, drafts in enumerate(flow):
        if number == cut % len(flow):
            restored = bounded()
            restored.restore(live.snapshot())
            assert restored.snapshot() == live.snapshot()
        batch = line.apply([resolve(draft, line.core) for draft in drafts])
        live.apply(*batch)
        if restored is not None:
            restored.apply(*batch)
    assert restored is not None
    for account in range(3):
        assert restored.orders.live(account) == live.orders.live(account)
        for label in "abcdefgh":
            theirs = restored.orders.labelled(account, label)
            assert theirs == live.orders.labelled(account, label)
    assert restored.snapshot() == live.snapshot()


@given(seeds)
def test_the_division_into_batches_leaves_no_trace(seed: int) -> None:
    line, batched, single = Line(), bounded(), bounded()
    opened = line.apply(opening())
    batched.apply(*opened)
    single.apply(*opened)
    for drafts in random_flow(seed):
        rows, texts = line.apply([resolve(draft, line.core) for draft in drafts])
        batched.apply(rows, texts)
        for row in rows:
            single.apply([row], texts)
    assert single.snapshot() == batched.snapshot()


def test_other_bytes_are_no_snapshot() -> None:
    with pytest.raises(msgspec.DecodeError):
        Views().restore(b"\x93\x01\x02\x03")
