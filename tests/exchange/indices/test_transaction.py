"""The transaction index against a plain calculation, and what it withholds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from exchange.indices.calculation import Calculation
from exchange.indices.methodology import TransactionTerms
from exchange.indices.observations import Observation
from exchange.indices.panel import Panel
from exchange.indices.series import close_ns
from exchange.indices.transaction import TransactionIndex
from tests.exchange.indices.rental_market import FIRST_DAY, deal, methodology

SHIPPED = methodology("h100_tx_usd").at(FIRST_DAY).terms
assert isinstance(SHIPPED, TransactionTerms)
TERMS = replace(SHIPPED, window=replace(SHIPPED.window, enough_deals=10))
CLOSE_NS = close_ns(FIRST_DAY, TERMS.publication)
MINUTE_NS = 60 * 10**9


def calculate(rows: list[Observation]) -> Calculation:
    return TransactionIndex().calculate(FIRST_DAY, Panel.of(rows), CLOSE_NS, TERMS, 1)


def in_hour(price: float, provider: str, hours: float, minutes: int = 30) -> Observation:
    return deal(0, price, provider, hours, ts_ns=CLOSE_NS - minutes * MINUTE_NS)


def plain_mean(rows: list[Observation]) -> float:
    """Each GPU-hour is a value of its own: sort, draw in 5 % at either end, cap providers, average."""
    each = sorted(row.price_micros / 1e6 for row in rows for _ in range(round(row.gpu_hours)))
    cut = -(-len(each) * 5 // 100)
    low, high = each[cut - 1], each[-cut]
    names = sorted({row.provider for row in rows})
    volume = {n: sum(row.gpu_hours for row in rows if row.provider == n) for n in names}
    mean = {
        n: sum(
            row.gpu_hours * min(max(row.price_micros / 1e6, low), high)
            for row in rows
            if row.provider == n
        )
        / volume[n]
        for n in names
    }
    shares = {n: volume[n] / sum(volume.values()) for n in names}
    held: set[str] = set()
    while any(share > 0.25 + 1e-12 for share in shares.values()) and len(names) > 4:
        held |= {n for n, share in shares.items() if share > 0.25 + 1e-12}
        free = sum(volume[n] for n in names if n not in held)
        rest = 1 - 0.25 * len(held)
        shares = {n: 0.25 if n in held else volume[n] / free * rest for n in names}
    if len(names) <= 4:
        shares = dict.fromkeys(names, 1 / len(names))
    return sum(shares[n] * mean[n] for n in names)


@given(
    st.lists(
        st.tuples(
            st.floats(2.0, 3.0),
            st.sampled_from("abcdefg"),
            st.integers(50, 400),
            st.integers(0, 59),
        ),
        min_size=12,
        max_size=40,
    )
)
def test_equals_a_plain_calculation(deals: list[tuple[float, str, int, int]]) -> None:
    rows = [in_hour(price, name, float(hours), at) for price, name, hours, at in deals]
    found = calculate(rows)
    if len({row.provider for row in rows}) >= 4:
        assert found.price_micros == pytest.approx(plain_mean(rows) * 1e6, abs=1.0)
    else:
        assert found.price_micros is None
        assert "providers, fewer than 4" in found.withheld_reason


def good() -> list[Observation]:
    return [in_hour(2.5 + 0.01 * n, "abcd"[n % 4], 100.0) for n in range(12)]


def test_only_executed_on_demand_rentals_in_the_window_count() -> None:
    plain = calculate(good())
    assert plain.price_micros is not None
    others = [
        in_hour(9.0, "x", 1e6)._replace(rental="reserved", term_months=12),
        in_hour(9.0, "x", 1e6)._replace(rental="spot"),
        in_hour(9.0, "x", 1e6)._replace(executed=False),
        in_hour(9.0, "x", 1e6)._replace(underlying="B200"),
        in_hour(9.0, "x", 0.0),
        in_hour(9.0, "x", 1e6, minutes=60),
        in_hour(9.0, "x", 1e6, minutes=-1),
    ]
    again = calculate(good() + others)
    assert again.price_micros == plain.price_micros
    assert again.steps["left_out"] == {"incomplete": 1, "excluded": 3}


def test_a_thin_hour_is_widened() -> None:
    early = [row._replace(ts_ns=row.ts_ns - 100 * MINUTE_NS) for row in good()]
    found = calculate(early)
    assert found.steps["window"] == {"minutes": 240, "deals": 12}
    assert calculate(good()).steps["window"]["minutes"] == 60


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ([], "no executed rental in the window"),
        (good()[:9], "9 deals, fewer than 10"),
        ([row._replace(provider="a") for row in good()], "1 providers, fewer than 4"),
        ([row._replace(gpu_hours=10.0) for row in good()], "120 GPU-hours, fewer than 500"),
        (
            [
                row._replace(price_micros=row.price_micros * (1 if n % 2 else 4))
                for n, row in enumerate(good())
            ],
            "dispersion",
        ),
    ],
)
def test_thin_and_dispersed_days_are_withheld(rows: list[Observation], reason: str) -> None:
    found = calculate(rows)
    assert found.price_micros is None
    assert reason in found.withheld_reason


def test_a_provider_is_capped() -> None:
    big = [in_hour(5.0, "x", 1e6) for _ in range(3)]
    found = calculate(good() + big)
    assert found.weights["x"] == pytest.approx(0.25)
