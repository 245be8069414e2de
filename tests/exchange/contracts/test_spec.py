"""Reading specifications: the shipped ones, and every fault with its file, line, field and reason."""

from __future__ import annotations

from decimal import Decimal
from importlib import resources
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.contracts.spec import MAX_FILE_BYTES, ContractError, Problem, load, parse, shipped

SPECS = resources.files("exchange.contracts.specs")
GPU1 = (SPECS / "gpu1.toml").read_text(encoding="utf-8")
PERPETUAL = (SPECS / "h100-perpetual.toml").read_text(encoding="utf-8")


def problems(text: str | bytes) -> tuple[Problem, ...]:
    raw = text.encode() if isinstance(text, str) else text
    with pytest.raises(ContractError) as caught:
        parse(raw, "my.toml")
    assert str(caught.value) == "\n".join(map(str, caught.value.problems))
    return caught.value.problems


def line_of(text: str, start: str) -> int:
    return next(n for n, line in enumerate(text.splitlines(), 1) if line.startswith(start))


def test_shipped_families() -> None:
    gpu1, perpetual = shipped("GPU1", "H100")
    assert (gpu1.family, gpu1.perpetual, gpu1.contract.hours) == ("GPU1", False, 730)
    assert (gpu1.tick_micros, gpu1.max_price_ticks) == (10_000, 4_000)
    assert gpu1.fees.taker == Decimal("5.5")
    assert gpu1.fees.settlement_micros == 1_350_000
    assert gpu1.listing is not None
    assert (gpu1.listing.rule_months, gpu1.listing.listed_months) == (36, 6)
    assert (perpetual.family, perpetual.perpetual, perpetual.tick_micros) == ("H100", True, 1_000)
    assert perpetual.funding is not None
    assert perpetual.funding.cap == Decimal("0.01")


def test_unknown_real_values_are_labelled_as_defaults() -> None:
    for field in ("max_price", "listed_months", "calendar", "initial", "band", "max_order_lots"):
        line = GPU1.splitlines()[line_of(GPU1, field) - 1]
        assert "# default" in line, field


@pytest.mark.parametrize(
    ("before", "after", "field", "reason"),
    [
        ("tick = 0.01", "tick = 0", "contract.tick", "not a whole number of micro-dollars"),
        ("tick = 0.01", "tick = 0.0000001", "contract.tick", "whole number of micro-dollars"),
        ("tick = 0.01", "tick = nan", "contract.tick", "not a usable number"),
        ("tick = 0.01", "tick = inf", "contract.tick", "not a usable number"),
        ("tick = 0.01", 'tick = "0.01"', "contract.tick", "expected a number, got text"),
        ("tick = 0.01", "tick = true", "contract.tick", "got `bool`"),
        ("tick = 0.01", "tick = 1e999999999", "contract.tick", "not a usable number"),
        ("max_price = 40.00", "max_price = 1e7", "contract.max_price", "outside 2 to 262144"),
        ("hours = 730", "hours = 0", "contract.hours", ">= 1"),
        ("hours = 730", 'hours = "moon"', "contract.hours", "moon"),
        ("hours = 730", "hours = 18446744073709551616", "contract.hours", "int"),
        ('family = "GPU1"', 'family = "gpu 1"', "family", "regex"),
        ('family = "GPU1"', "", "family", "is missing"),
        ('cycle = "monthly"', 'cycle = "weekly"', "listing.cycle", "weekly"),
        ("listed_months = 6", "listed_months = 37", "listing.listed_months", "more than the rule"),
        ('"America/Chicago"', '"America/Gotham"', "listing.time_zone", "not a time zone"),
        ('"America/Chicago"', '"../../etc/passwd"', "listing.time_zone", "not a time zone"),
        ('calendar = "XNYS"', 'calendar = "XYZ"', "listing.calendar", "not a known market"),
        ('time = "16:00"', 'time = "25:00"', "listing.last_trading_time", "regex"),
        ("initial = 0.20", "initial = 20", "margin.initial", "not a fraction"),
        ("initial = 0.20", "initial = 0.2000001", "margin.initial", "not a fraction"),
        ("maintenance = 0.15", "maintenance = 0.25", "margin.maintenance", "above the initial"),
        ("band = 0.10", "band = -0.10", "limits.band", "not a fraction"),
        ("taker = 5.50", "taker = -1", "fees.taker", "not a $ amount"),
        ("spot_month_lots = 7_500", "spot_month_lots = 15_001", "limits.spot_month_lots", "above"),
        ("order_lots = 2_500", "order_lots = 15_001", "limits.max_order_lots", "above the largest"),
        ("block_lots = 5", "block_lots = 15_001", "limits.block_lots", "above the largest"),
        ("lots = 25", f"lots = {(1 << 31) + 1}", "limits.reportable_lots", "is above"),
        (
            "reportable_lots = 25",
            "max_order_usd = 1_000_000_000_000",
            "limits.max_order_usd",
            "more than any order",
        ),
        (
            "single_month_lots = 15_000",
            "single_month_lots = 15_000_000_000",
            "limits.single_month_lots",
            "the largest position is worth",
        ),
        ("slope_per_year = -0.21", "slope_per_year = -50", "curve.slope_per_year", "outside"),
        ("[curve]", "[curves]", "curves", "is not a field"),
        ("maker = 5.50", "makers = 5.50", "fees.makers", "is not a field"),
    ],
)
def test_names_line_field_and_reason(before: str, after: str, field: str, reason: str) -> None:
    # The first of them: the table [listing] stands above [session].
    assert before in GPU1
    text = GPU1.replace(before, after, 1)
    found = [each for each in problems(text) if each.field == field]
    assert len(found) == 1
    assert reason in found[0].reason
    assert found[0].advice
    if after:
        line = text.splitlines()[found[0].line - 1]
        assert after in line


def test_lists_every_problem_at_once_in_order_of_line() -> None:
    text = GPU1
    for before, after in (
        ("hours = 730", "hours = -1"),
        ("initial = 0.20", 'initial = "much"'),
        ("taker = 5.50", "takers = 5.50"),
    ):
        text = text.replace(before, after)
    found = problems(text)
    assert [each.field for each in found if each.line] == [
        "contract.hours",
        "margin.initial",
        "fees.taker",
        "fees.takers",
    ]
    assert "did you mean fees.taker?" in str(found[-1])
    lines = [each.line for each in found]
    assert lines == sorted(lines)


def test_contradictions_are_listed_at_once() -> None:
    text = GPU1.replace("maintenance = 0.15", "maintenance = 0.25").replace(
        '"America/Chicago"', '"Mars"', 1
    )
    assert {each.field for each in problems(text)} == {"margin.maintenance", "listing.time_zone"}


def test_a_perpetual_takes_funding_and_no_listing() -> None:
    assert parse(PERPETUAL.encode(), "p.toml").funding is not None
    as_dated = PERPETUAL.replace('kind = "perpetual"', 'kind = "dated"')
    assert {each.field for each in problems(as_dated)} == {
        "listing",
        "settlement",
        "curve",
        "funding",
    }
    monthly = PERPETUAL.replace("hours = 1\n", 'hours = "month"\n')
    assert "contract.hours" in {each.field for each in problems(monthly)}


@pytest.mark.parametrize(
    ("raw", "line", "reason"),
    [
        (b"family = \n", 1, "not TOML"),
        (b'family = "GPU1"\nfamily = "GPU2"\n', 2, "not TOML"),
        (b'family = "GPU1"\ntitle = "\xff"\n', 2, "not UTF-8"),
        (b"a = " + b"[" * 100_000, 0, "not TOML"),
        (b"#" * (MAX_FILE_BYTES + 1), 0, "more than"),
        (b"contract = 1\n", 0, "is missing"),
        (b"", 0, "is missing"),
    ],
)
def test_refuses_what_is_no_specification(raw: bytes, line: int, reason: str) -> None:
    found = problems(raw)
    assert any(reason in each.reason for each in found)
    assert line in {each.line for each in found}


def test_load_names_the_file(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    with pytest.raises(ContractError, match=r"mine\.toml.*name a readable TOML file"):
        load(path)
    path.write_text(GPU1, encoding="utf-8")
    assert load(path) == shipped("GPU1")[0]


@given(st.binary(max_size=200))
def test_any_bytes_are_refused_with_problems(raw: bytes) -> None:
    assert problems(raw)


@given(st.data())
def test_a_damaged_specification_is_read_or_refused_with_problems(data: st.DataObject) -> None:
    raw = bytearray(GPU1.encode())
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(raw) - 1))
        raw[place] = data.draw(st.integers(0, 255))
    try:
        spec = parse(bytes(raw), "my.toml")
    except ContractError as error:
        listed = error.problems
    else:
        listed = ()
        assert spec.tick_micros > 0
        assert 0 < spec.margin.maintenance_ppm <= spec.margin.initial_ppm <= 1_000_000
    assert all(each.reason and each.advice for each in listed)
