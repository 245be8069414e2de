"""The chained index: matched providers move it, newcomers and leavers do not."""

from __future__ import annotations

import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.indices.chain import LOOK_BACK_NS, chain
from exchange.indices.observations import Observation
from marketdata.days import NS_PER_DAY


def at(day: int, price: int, provider: str = "") -> Observation:
    return Observation(day * NS_PER_DAY, price, "H100", provider)


def test_one_provider_gives_its_own_returns() -> None:
    found = chain([at(0, 2_000_000), at(1, 2_200_000), at(4, 1_100_000)])
    assert [(step.ts_ns, step.elapsed_ns) for step in found.steps] == [
        (NS_PER_DAY, NS_PER_DAY),
        (4 * NS_PER_DAY, 3 * NS_PER_DAY),
    ]
    assert [step.log_return for step in found.steps] == pytest.approx([math.log(1.1), -math.log(2)])
    assert (found.last_ts_ns, found.last_price_micros) == (4 * NS_PER_DAY, 1_100_000)


def test_a_newcomer_moves_the_level_but_not_the_returns() -> None:
    found = chain([at(0, 2_000_000, "a"), at(1, 2_000_000, "a"), at(1, 8_000_000, "b")])
    assert [step.log_return for step in found.steps] == [0.0]
    assert found.last_price_micros == 5_000_000


def test_a_provider_that_prints_nothing_stands_until_the_look_back_ends() -> None:
    days = LOOK_BACK_NS // NS_PER_DAY
    rows = [at(0, 1_000_000, "old"), at(0, 1_000_000, "new"), at(days, 2_000_000, "new")]
    stands = chain(rows)
    assert stands.steps[0].log_return == pytest.approx(math.log(2) / 2)
    assert stands.last_price_micros == 1_500_000
    gone = chain([*rows, at(days + 1, 4_000_000, "new")])
    assert gone.steps[1].log_return == pytest.approx(math.log(2))
    assert gone.last_price_micros == 4_000_000


def test_prices_of_one_provider_at_one_time_count_as_their_mean() -> None:
    found = chain([at(0, 1_000_000), at(0, 3_000_000), at(1, 4_000_000)])
    assert found.steps[0].log_return == pytest.approx(math.log(2))


def test_refuses_nothing_to_chain() -> None:
    with pytest.raises(ValueError, match="no observation"):
        chain([])


@given(
    st.lists(
        st.tuples(st.integers(0, 20), st.sampled_from("abc"), st.integers(100_000, 9_000_000)),
        min_size=1,
        max_size=40,
        unique_by=lambda row: row[:2],
    )
)
def test_equals_a_naive_index_over_whole_days(prints: list[tuple[int, str, int]]) -> None:
    found = chain(sorted(at(day, price, provider) for day, provider, price in prints))
    table = {(day, provider): price for day, provider, price in prints}
    days = sorted({day for day, _, _ in prints})

    def standing(provider: str, day: int) -> int | None:
        known = [each for each in days if each <= day and (each, provider) in table]
        return table[known[-1], provider] if known else None

    expected = []
    for before, after in itertools.pairwise(days):
        matched = [
            math.log(price_after / price_before)
            for provider in "abc"
            if (price_before := standing(provider, before)) is not None
            and (price_after := standing(provider, after)) is not None
        ]
        expected.append(sum(matched) / len(matched))
    assert [step.log_return for step in found.steps] == pytest.approx(expected, abs=1e-12)
    last = [price for provider in "abc" if (price := standing(provider, days[-1])) is not None]
    assert found.last_price_micros == round(sum(last) / len(last))
