"""Closes: when they are, which rows belong to which day, and what late rows change."""

from __future__ import annotations

from datetime import UTC, date, datetime

import msgspec
import pytest

from exchange.indices.panel import Panel
from exchange.indices.series import IndexSeries, close_ns, is_due
from marketdata.days import day_number
from tests.exchange.indices.rental_market import FIRST_DAY, deal, listed, market, methodology

RULE = methodology().at(0).terms.publication


def number(day: date) -> int:
    return day_number(day)


def test_a_close_is_at_16_00_in_new_york() -> None:
    winter, summer = number(date(2026, 1, 15)), number(date(2026, 7, 15))
    assert close_ns(winter, RULE) == datetime(2026, 1, 15, 21, tzinfo=UTC).timestamp() * 1e9
    assert close_ns(summer, RULE) == datetime(2026, 7, 15, 20, tzinfo=UTC).timestamp() * 1e9


def test_prints_are_due_on_business_days() -> None:
    due = [day for day in range(1, 8) if is_due(number(date(2026, 7, day)), RULE)]
    assert due == [1, 2, 6, 7], "the 3rd is the holiday of the 4th, a Saturday"
    every = msgspec.structs.replace(RULE, days="all_days")
    assert all(is_due(number(date(2026, 7, day)), every) for day in range(1, 8))


def test_a_row_after_the_close_counts_the_next_day() -> None:
    series = IndexSeries(methodology("h100_tx_usd"))
    evening = 22 * 3600 * 10**9
    rows = [
        deal(0, 2.5, "abcdef"[n % 6], 500.0, ts_ns=FIRST_DAY * 86_400 * 10**9 + evening)
        for n in range(12)
    ]
    first, _, _ = series.close(FIRST_DAY, Panel.of(rows))
    second, _, _ = series.close(FIRST_DAY + 1, Panel.of([]))
    assert first is not None
    assert second is not None
    assert (first.price_micros, second.price_micros) == (None, 2_500_000)


@pytest.mark.parametrize("name", ["h100_usd", "h100_tx_usd"])
def test_a_late_row_leads_to_what_an_early_one_would_have(name: str) -> None:
    rows = market(8, 8, 1)
    late = [
        row
        for row in rows
        if row.provider == "p03" and row.ts_ns // (86_400 * 10**9) == FIRST_DAY + 3
    ]
    early = IndexSeries(methodology(name))
    tardy = IndexSeries(methodology(name))
    changed = {}
    for day in range(8):
        mine = [row for row in rows if row.ts_ns // (86_400 * 10**9) == FIRST_DAY + day]
        on_time = [row for row in mine if row not in late]
        in_time, _, _ = early.close(FIRST_DAY + day, Panel.of(mine))
        arrived = on_time + late * (day == 6)
        as_it_was, revised, lost = tardy.close(FIRST_DAY + day, Panel.of(arrived))
        assert lost == 0
        changed |= {each: found.price_micros for each, found in revised.items()}
        if FIRST_DAY + day in changed or day >= 6:
            assert (as_it_was is None) == (in_time is None)
            assert as_it_was is None or as_it_was.price_micros == in_time.price_micros
    assert FIRST_DAY + 3 not in changed or changed[FIRST_DAY + 3] is not None
    assert min(changed) == FIRST_DAY + 3 or name == "h100_usd"
    assert changed, "some day was calculated again"


def test_rows_that_come_too_late_are_counted() -> None:
    series = IndexSeries(methodology())
    for day in range(10):
        series.close(FIRST_DAY + day, Panel.of([listed(day, 2.5, "a")]))
    rows = [listed(1, 2.5, "b"), listed(8, 2.5, "c")]
    _, revised, lost = series.close(FIRST_DAY + 10, Panel.of(rows))
    assert lost == 1
    assert min(revised) >= FIRST_DAY + 8
