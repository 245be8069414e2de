"""Publication: versions, revisions within their window, restatements, methodology breaks."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from exchange.indices.methodology import parse
from exchange.indices.observations import Observation
from exchange.indices.publication import IndexPrint, PublicationError, Publisher
from marketdata.days import NS_PER_DAY, day_number
from tests.exchange.indices.rental_market import FIRST_DAY, deal, market, methodology


def of_day(rows: list[Observation], day: int) -> list[Observation]:
    return [row for row in rows if row.ts_ns // NS_PER_DAY == FIRST_DAY + day]


def publish(rows: list[Observation], days: int, publisher: Publisher) -> list[IndexPrint]:
    return [
        each for day in range(days) for each in publisher.close(FIRST_DAY + day, of_day(rows, day))
    ]


def test_both_indices_print_when_they_are_due() -> None:
    publisher = Publisher([methodology("h100_usd"), methodology("h100_tx_usd")])
    prints = publish(market(7, 8, 1), 7, publisher)
    days = {
        name: [each.day - FIRST_DAY for each in prints if each.index == name]
        for name in ("h100_usd", "h100_tx_usd")
    }
    assert days == {"h100_usd": [0, 1, 2, 5, 6], "h100_tx_usd": [0, 1, 2, 3, 4, 5, 6]}
    assert all(each.version == 1 and each.kind == "first" for each in prints)
    assert all(each.price_micros and 2_000_000 < each.price_micros < 3_000_000 for each in prints)


def test_a_late_deal_revises_its_day() -> None:
    publisher = Publisher([methodology("h100_tx_usd")])
    rows = market(5, 8, 1)
    first = publish(rows, 4, publisher)
    late = [deal(2, 3.4, "p01", 9_000.0)]
    found = publisher.close(FIRST_DAY + 4, of_day(rows, 4) + late)
    revised = [each for each in found if each.kind == "revision"]
    assert [(each.day - FIRST_DAY, each.version) for each in revised] == [(2, 2)]
    kept = tuple(replace(each, calculation=None) for each in (first[2], revised[0]))
    assert publisher.versions("h100_tx_usd", FIRST_DAY + 2) == kept
    assert revised[0].price_micros != first[2].price_micros
    assert publisher.latest("h100_tx_usd")[FIRST_DAY + 2] == kept[1]


def test_a_small_late_deal_revises_nothing() -> None:
    publisher = Publisher([methodology("h100_tx_usd")])
    rows = market(5, 8, 1)
    first = publish(rows, 4, publisher)
    assert first[2].price_micros is not None
    late = [deal(2, first[2].price_micros / 1e6, "p01", 1.0)]
    found = publisher.close(FIRST_DAY + 4, of_day(rows, 4) + late)
    assert [each.kind for each in found] == ["first"]


def test_after_the_window_only_a_restatement_changes_a_print() -> None:
    publisher = Publisher([methodology("h100_tx_usd")])
    rows = market(12, 8, 1)
    publish(rows, 11, publisher)
    name, day = "h100_tx_usd", FIRST_DAY + 2
    found = publisher.close(FIRST_DAY + 11, [*of_day(rows, 11), deal(2, 3.4, "p01", 9000.0)])
    assert [each.kind for each in found] == ["first"]
    assert publisher.late == {name: 1}
    restated = publisher.restate(name, day, 2_600_000, "a provider had reported in euro")
    assert (restated.version, restated.kind, restated.price_micros) == (2, "restatement", 2_600_000)
    assert publisher.latest(name)[day] == restated


def test_a_restated_day_is_not_revised() -> None:
    publisher = Publisher([methodology("h100_tx_usd")])
    rows = market(5, 8, 1)
    publish(rows, 4, publisher)
    publisher.restate("h100_tx_usd", FIRST_DAY + 2, 2_600_000, "by decision")
    found = publisher.close(FIRST_DAY + 4, [*of_day(rows, 4), deal(2, 3.4, "p01", 9000.0)])
    assert [each.kind for each in found] == ["first"]


@settings(max_examples=15)
@given(st.lists(st.tuples(st.integers(0, 5), st.integers(1, 10**9), st.booleans()), max_size=6))
def test_no_version_ever_changes(acts: list[tuple[int, int, bool]]) -> None:
    publisher = Publisher([methodology("h100_tx_usd")])
    rows = market(6, 6, 2)
    publish(rows, 6, publisher)
    name = "h100_tx_usd"
    seen = {day: publisher.versions(name, FIRST_DAY + day) for day in range(6)}
    for number, (day, price, restates) in enumerate(acts):
        if restates:
            publisher.restate(name, FIRST_DAY + day, price, "a reason")
        else:
            late = deal(day, price / 1e6, "p01", 5_000.0)
            publisher.close(FIRST_DAY + 6 + number, [late])
        for each, before in seen.items():
            now = publisher.versions(name, FIRST_DAY + each)
            assert now[: len(before)] == before
            assert [version.version for version in now] == list(range(1, len(now) + 1))
            seen[each] = now


@pytest.mark.parametrize(
    ("index", "day", "price_micros", "reason", "message"),
    [
        ("h100_tx_usd", FIRST_DAY + 9, 1, "x", "no print of day"),
        ("h100_usd", FIRST_DAY, 1, "x", "no print of day"),
        ("h100_tx_usd", FIRST_DAY, 0, "x", "not above 0"),
        ("h100_tx_usd", FIRST_DAY, 1, " ", "needs a reason"),
    ],
)
def test_an_unsound_restatement_changes_nothing(
    index: str, day: int, price_micros: int, reason: str, message: str
) -> None:
    publisher = Publisher([methodology("h100_tx_usd")])
    publish(market(2, 6, 2), 2, publisher)
    before = publisher.latest("h100_tx_usd")
    with pytest.raises(PublicationError, match=message):
        publisher.restate(index, day, price_micros, reason)
    assert publisher.latest("h100_tx_usd") == before


def test_a_closed_day_is_not_closed_again() -> None:
    publisher = Publisher([methodology("h100_tx_usd")])
    publisher.close(FIRST_DAY, [])
    with pytest.raises(PublicationError, match="is closed"):
        publisher.close(FIRST_DAY, [])


def test_a_break_changes_prints_from_its_day_on() -> None:
    text = methodology("h100_usd").text
    broken = parse(
        f"{text}[[break]]\neffective = 2025-10-07\nreason = 'lists are nearer to deals'\n"
        'values = { "hedonic.priors.deal.listed" = { log = 0.2, sd = 0.0 } }\n',
        "f.toml",
    )
    rows = market(8, 8, 3)
    plain = publish(rows, 8, Publisher([methodology("h100_usd")]))
    changed = publish(rows, 8, Publisher([broken]))
    effective = day_number(date(2025, 10, 7))
    for old, new in zip(plain, changed, strict=True):
        assert new.methodology == (1 if new.day < effective else 2)
        assert (old.price_micros == new.price_micros) == (new.day < effective)


def test_an_empty_call_is_withheld_not_forgotten() -> None:
    publisher = Publisher([methodology("h100_usd")])
    found = publisher.close(FIRST_DAY, [])
    assert [(each.price_micros, each.withheld_reason) for each in found] == [
        (None, "no offer stands")
    ]
