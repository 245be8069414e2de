"""Fixings are published once, restated by the next version, and never touch what has settled."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.core import invariants, snapshot
from exchange.core import layout as at
from exchange.core.commands import Command
from exchange.core.core import Core
from exchange.core.fixings import MAX_DAY, Fixing, next_version
from exchange.core.layout import CommandKind, EventKind, Reason
from tests.exchange.core.lab import USD, Lab, spec

INT64 = (1 << 63) - 1


def publish(index: str, day: int, price: int, version: int = 1) -> Command:
    return Command(
        CommandKind.PUBLISH_FIXING,
        price_ticks=version,
        qty_lots=day,
        amount_micros=price,
        text=index,
    )


def test_a_fixing_is_told_and_kept() -> None:
    lab = Lab()
    lab.do(publish("h100_usd", 20_000, 2_900_000))
    told = lab.do(publish("a100_usd", 20_001, 1_650_000))[0]
    assert told[at.EVENT_KIND] == EventKind.FIXING_PUBLISHED
    assert lab.core.fixing_names[told[at.EVENT_INSTRUMENT]] == "a100_usd"
    assert (told[at.EVENT_QTY_LOTS], told[at.EVENT_PRICE_TICKS]) == (20_001, 1)
    assert told[at.EVENT_RESTING_FEE_MICROS] == 1_650_000
    assert lab.core.fixings == {
        ("h100_usd", 20_000): Fixing(2_900_000, 1),
        ("a100_usd", 20_001): Fixing(1_650_000, 1),
    }


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        (publish("h100_usd", 20_000, 1, 1), Reason.INVALID_VERSION),
        (publish("h100_usd", 20_000, 1, 3), Reason.INVALID_VERSION),
        (publish("h100_usd", 20_001, 1, 2), Reason.INVALID_VERSION),
        (publish("h100_usd", 20_001, 1, 0), Reason.INVALID_VERSION),
        (publish("h100_usd", 20_001, 0), Reason.INVALID_AMOUNT),
        (publish("h100_usd", 20_001, 10**12 + 1), Reason.INVALID_AMOUNT),
        (publish("h100_usd", -1, 1), Reason.INVALID_DAY),
        (publish("h100_usd", MAX_DAY + 1, 1), Reason.INVALID_DAY),
        (publish("h100_usd", INT64, 1, -INT64 - 1), Reason.INVALID_DAY),
        (publish("", 20_001, 1), Reason.INVALID_SPEC),
        (publish("x" * 65, 20_001, 1), Reason.INVALID_SPEC),
        (publish("h100\n", 20_001, 1), Reason.INVALID_SPEC),
    ],
)
def test_a_wrong_one_changes_nothing(command: Command, reason: Reason) -> None:
    lab = Lab()
    lab.do(publish("h100_usd", 20_000, 2_900_000))
    digest = lab.timeless_digest
    assert lab.reason(command) == reason
    assert lab.timeless_digest == digest


def test_a_restatement_leaves_a_settled_contract_alone() -> None:
    lab = Lab(spec(), deposits=(10**6 * USD, 10**6 * USD))
    lab.trade(0, 1, 300, 10)
    lab.do(publish("h100_usd", 20_000, 2_900_000))
    lab.do(publish("h100_usd", 20_000, 2_950_000, 2))
    settle = Command(CommandKind.SETTLE, instrument=0, amount_micros=2_950_000)
    lab.do(settle)
    accounts, positions = lab.core.accounts.copy(), lab.core.positions.copy()
    lab.do(publish("h100_usd", 20_000, 1_000_000, 3))
    assert (lab.core.accounts == accounts).all()
    assert (lab.core.positions == positions).all()
    assert lab.core.fixings["h100_usd", 20_000] == (1_000_000, 3)
    assert lab.reason(settle) == Reason.INSTRUMENT_NOT_OPEN


Draw = tuple[str, int, int, int]


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["h100_usd", "b200_usd"]),
            st.integers(20_000, 20_003),
            st.integers(0, 3 * USD),
            st.integers(0, 4),
        ),
        max_size=40,
    )
)
def test_random_publications_are_kept_as_a_dictionary_keeps_them(drawn: list[Draw]) -> None:
    lab, naive = Lab(), dict[tuple[str, int], list[int]]()
    for index, day, price, version in drawn:
        known = naive.setdefault((index, day), [])
        right = version == len(known) + 1 and price > 0
        said = lab.reason(publish(index, day, price, version))
        assert (said == Reason.NONE) == right
        if right:
            known.append(price)
        assert next_version(lab.core, index, day) == len(known) + 1
    kept = {key: (prices[-1], len(prices)) for key, prices in naive.items() if prices}
    assert lab.core.fixings == kept
    assert invariants.violations(lab.core) == []
    again = snapshot.restore(snapshot.take(lab.core))
    assert again.fixings == lab.core.fixings
    assert snapshot.digest(again) == lab.digest
    replayed = Core()
    for batch in lab.batches:
        replayed.apply(batch)
    assert snapshot.digest(replayed) == lab.digest
