"""Computing a whole panel gives what publishing it day by day gave."""

from __future__ import annotations

from pathlib import Path

import pytest

from exchange.indices.computing import compute, first_close
from exchange.indices.methodology import shipped
from exchange.indices.panel import Panel
from exchange.indices.publication import Publisher
from exchange.indices.reading import read
from marketdata.days import NS_PER_DAY
from tests.exchange.indices.rental_market import FIRST_DAY, market, methodology


def test_a_panel_at_once_equals_day_by_day() -> None:
    chosen = [methodology("h100_usd"), methodology("h100_tx_usd")]
    rows = market(9, 8, 1)
    done: list[int] = []
    found = compute(
        Panel.of(sorted(rows)), chosen, progress=lambda day, days: done.append(days - day)
    )
    publisher = Publisher(chosen)
    expected = [
        each
        for day in range(9)
        for each in publisher.close(
            FIRST_DAY + day, [row for row in rows if row.ts_ns // NS_PER_DAY == FIRST_DAY + day]
        )
    ]
    assert [(e.index, e.day, e.price_micros) for e in found] == [
        (e.index, e.day, e.price_micros) for e in expected
    ]
    assert done == list(range(8, -1, -1))


def test_prints_are_those_asked_for() -> None:
    panel = Panel.of(sorted(market(9, 8, 1)))
    whole = compute(panel, [methodology()])
    part = compute(panel, [methodology()], first_day=FIRST_DAY + 5, last_day=FIRST_DAY + 6)
    assert part == [each for each in whole if FIRST_DAY + 5 <= each.day <= FIRST_DAY + 6]
    assert compute(Panel.of([]), [methodology()]) == []


def test_a_time_belongs_to_the_first_close_after_it() -> None:
    close = 20 * 3600 * 10**9
    assert first_close(FIRST_DAY * NS_PER_DAY + close, methodology()) == FIRST_DAY
    assert first_close(FIRST_DAY * NS_PER_DAY + close + 1, methodology()) == FIRST_DAY + 1


def test_the_real_panel_prints_every_day_that_the_rules_allow(shared_data: Path) -> None:
    observed = read(shared_data / "gpu_prices.csv.gz")
    prints = compute(observed.panel, shipped())
    of_h100 = {each.day: each for each in prints if each.index == "h100_usd"}
    july = range(20_640, 20_640 + 47)  # 2026-07-06 to 2026-08-21, 22 providers a day
    printed = [of_h100[day].price_micros for day in july if day in of_h100]
    assert len(printed) == 35, "each business day"
    assert None not in printed
    # Published for these dates: 2.72 on 19 July, 2.63 on 7 September; the mix of clouds is another here.
    assert all(price and 2_300_000 < price < 2_810_000 for price in printed)
    withheld = [each for each in prints if each.price_micros is None]
    assert all(each.withheld_reason for each in withheld)
    deals = {each.withheld_reason for each in prints if each.index == "h100_tx_usd"}
    assert deals == {"no executed rental in the window"}, "the panel holds lists and asks alone"


@pytest.mark.parametrize("name", ["h200_usd", "b200_usd", "a100_usd"])
def test_other_gpus_print_too(name: str, shared_data: Path) -> None:
    observed = read(shared_data / "gpu_prices.csv.gz")
    prints = compute(observed.panel, [methodology(name)], first_day=20_660, last_day=20_686)
    level = {"h200_usd": 3.25, "b200_usd": 5.5, "a100_usd": 1.55}[name]
    found = [each.price_micros / 1e6 for each in prints if each.price_micros]
    assert found
    assert all(0.6 * level < price < 1.4 * level for price in found), (min(found), max(found))
