"""Depth against a plain dict, and the replica's refusal of what does not follow."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketdata.depth import Depth, DepthReplica, SequenceGap, action_of

updates = st.lists(st.tuples(st.integers(0, 1), st.integers(-5, 5), st.integers(0, 3)))


@given(updates)
def test_depth_equals_a_dict(changes: list[tuple[int, int, int]]) -> None:
    depth = Depth()
    naive: tuple[dict[int, int], dict[int, int]] = ({}, {})
    for side, price, lots in changes:
        former = naive[side].get(price, 0)
        assert depth.set(side, price, lots) == action_of(former, lots)
        naive[side][price] = lots
        expected = sorted((p, q) for p, q in naive[side].items() if q)
        if side == 0:
            expected.reverse()
        assert depth.levels(side) == expected
        assert depth.levels(side, 2) == expected[:2]
        assert depth.best(side) == (expected[0] if expected else None)
        assert depth.qty_lots(side, price) == lots


@pytest.mark.parametrize(
    ("former", "now", "action"),
    [(0, 3, "new"), (3, 2, "change"), (2, 0, "delete"), (2, 2, None), (0, 0, None)],
)
def test_action_names(former: int, now: int, action: str | None) -> None:
    assert action_of(former, now) == action


def test_negative_size_is_refused() -> None:
    with pytest.raises(ValueError, match="negative"):
        Depth().set(0, 1, -1)


SNAPSHOT: dict[str, Any] = {
    "type": "snapshot",
    "change_id": 5,
    "bids": [["new", 2.5, 3], ["new", 2.4, 1]],
    "asks": [["new", 2.6, 2]],
}
CHANGE: dict[str, Any] = {
    "type": "change",
    "prev_change_id": 5,
    "change_id": 9,
    "bids": [["delete", 2.5, 0], ["new", 2.45, 4]],
    "asks": [["change", 2.6, 1]],
}


def test_replica_follows_snapshot_and_change() -> None:
    replica = DepthReplica()
    replica.apply(SNAPSHOT)
    replica.apply(CHANGE)
    assert replica.levels(0) == [(2.45, 4), (2.4, 1)]
    assert replica.levels(1) == [(2.6, 1)]
    assert replica.change_id == 9
    replica.apply(SNAPSHOT)
    assert replica.levels(0, 1) == [(2.5, 3)]


def test_replica_refuses_a_change_without_snapshot() -> None:
    with pytest.raises(SequenceGap, match="before the first snapshot"):
        DepthReplica().apply(CHANGE)


@pytest.mark.parametrize(
    "wrong",
    [
        {"prev_change_id": 4},
        {"bids": [["new", 2.5, 1]]},
        {"bids": [["change", 2.55, 1]]},
        {"asks": [["delete", 2.7, 0]]},
    ],
)
def test_replica_waits_for_a_snapshot_after_a_gap(wrong: dict[str, Any]) -> None:
    replica = DepthReplica()
    replica.apply(SNAPSHOT)
    with pytest.raises(SequenceGap):
        replica.apply({**copy.deepcopy(CHANGE), **wrong})
    assert replica.change_id is None
    with pytest.raises(SequenceGap):
        replica.apply(CHANGE)
    replica.apply(SNAPSHOT)
    assert replica.levels(0) == [(2.5, 3), (2.4, 1)]
