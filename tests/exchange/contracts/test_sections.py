"""Sections give the integers of the exchange, and say what to write."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest

from exchange.contracts.sections import Breaker, Contract, Limits, Listing, Margin, Settlement


def test_a_band_or_move_in_dollars_is_no_share() -> None:
    limits = Limits(band_usd=Decimal("0.20"), max_order_lots=1, single_month_lots=1)
    assert limits.band_ppm == 0
    breaker = Breaker(move_usd=Decimal("0.10"), window_seconds=1, pause_seconds=1)
    assert breaker.move_ppm == 0
    assert Breaker(move=Decimal("0.05"), window_seconds=1, pause_seconds=1).move_ppm == 50_000


def test_the_margin_class_is_called_class_in_the_file() -> None:
    read = msgspec.convert({"initial": "0.2", "maintenance": "0.15", "class": "H100"}, Margin)
    assert read.margin_class == "H100"
    assert Margin(initial=Decimal("0.2"), maintenance=Decimal("0.1")).margin_class is None


@pytest.mark.parametrize(
    ("section", "values"),
    [
        (Contract, {"hours": 8785, "tick": "0.01", "max_price": "1"}),
        (Contract, {"hours": "week", "tick": "0.01", "max_price": "1"}),
        (Settlement, {"fixings": "business_days", "look_back_days": 32}),
        (Settlement, {"fixings": "business_days", "fewest_fixings": 0}),
        (Settlement, {"fixings": "sundays"}),
        (Listing, {"cycle": "weekly"}),
    ],
)
def test_values_out_of_bounds_are_refused(section: type, values: dict[str, object]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(values, section)


def test_the_fallback_has_defaults() -> None:
    rule = msgspec.convert({"fixings": "all_days"}, Settlement)
    assert (rule.look_back_days, rule.fewest_fixings) == (5, 1)
