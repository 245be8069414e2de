"""Token buckets against a plain recomputation, and the bounds of what is remembered."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.gateway.errors import RpcError
from exchange.gateway.limits import NS_PER_S, Allowances, Limits, TokenBucket

STEPS = st.lists(
    st.tuples(st.integers(-NS_PER_S, 3 * NS_PER_S), st.sampled_from([1, 2, 5])), max_size=50
)


@given(STEPS, st.sampled_from([1, 2, 8, 64]), st.sampled_from([5, 10, 50]))
def test_a_bucket_gives_what_exact_arithmetic_allows(
    steps: list[tuple[int, int]], rate: int, burst: int
) -> None:
    bucket = TokenBucket(rate, burst, 0)
    tokens, latest_ns, now_ns = Fraction(burst), 0, 0
    for step_ns, cost in steps:
        now_ns += step_ns
        elapsed_ns = max(0, now_ns - latest_ns)
        latest_ns = max(latest_ns, now_ns)
        tokens = min(Fraction(burst), tokens + Fraction(elapsed_ns * rate, NS_PER_S))
        # Floats may differ from exact figures at the border itself, and only there.
        if abs(tokens - cost) < Fraction(1, 1_000_000):
            tokens -= cost if bucket.take(cost, now_ns) else 0
            continue
        taken = bucket.take(cost, now_ns)
        assert taken == (tokens >= cost)
        tokens -= cost if taken else 0


def test_waiting_as_long_as_told_is_enough_and_not_much_too_long() -> None:
    bucket = TokenBucket(10, 5, 0)
    assert [bucket.take(1, 0) for _ in range(6)] == [True] * 5 + [False]
    wait_ns = bucket.wait_ns(1, 0)
    assert wait_ns == pytest.approx(NS_PER_S / 10, rel=1e-6)
    assert not bucket.take(1, wait_ns - NS_PER_S // 100)
    assert bucket.take(1, wait_ns)


def test_what_costs_more_than_the_burst_takes_all_of_it() -> None:
    bucket = TokenBucket(1, 2, 0)
    assert bucket.take(10, 0)
    assert not bucket.take(1, 0)
    wait_ns = bucket.wait_ns(10, 0)
    assert wait_ns == pytest.approx(2 * NS_PER_S, rel=1e-6)
    assert bucket.take(10, wait_ns)


@pytest.mark.parametrize(("rate", "burst"), [(0, 1), (1, 0), (-1, 1)])
def test_a_bucket_without_tokens_is_a_mistake(rate: float, burst: float) -> None:
    with pytest.raises(ValueError, match="above 0"):
        TokenBucket(rate, burst, 0)


def test_an_account_has_one_allowance_for_orders_and_one_for_the_rest() -> None:
    limits = Limits(matching_rate=1, matching_burst=1, general_rate=1, general_burst=2)
    allowances = Allowances(limits)
    alice = allowances.of_account(0, 0)
    assert allowances.of_account(0, 0) is alice
    alice.spend(True, 1, 0)
    with pytest.raises(RpcError) as raised:
        alice.spend(True, 1, 0)
    assert raised.value.code == 10028
    assert raised.value.data["wait"] in (1_000, 1_001)
    alice.spend(False, 2, 0)
    allowances.of_account(1, 0).spend(True, 1, 0)


def test_addresses_are_forgotten_oldest_first() -> None:
    allowances = Allowances(Limits(anonymous_rate=1, anonymous_burst=1))
    first = allowances.of_address("first", 0)
    for n in range(Allowances.MAX_ADDRESSES - 1):
        allowances.of_address(str(n), 0)
    assert allowances.of_address("first", 0) is first
    allowances.of_address("one more", 0)
    assert allowances.of_address("first", 0) is first
    for n in range(Allowances.MAX_ADDRESSES):
        allowances.of_address(f"later {n}", 0)
    assert allowances.of_address("first", 0) is not first
