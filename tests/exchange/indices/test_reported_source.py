"""Prints from reports: at their time, the same after a restart, revised in the open."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

from exchange.indices.fixing_times import fixing_time
from exchange.indices.index_source import Print, WalkSource
from exchange.indices.methodology import shipped
from exchange.indices.observation_store import ObservationStore, Report
from exchange.indices.publication import Publisher
from exchange.indices.reported_source import LATEST_NS, ReportedSource
from marketdata.days import NS_PER_DAY, day_number
from tests.exchange.rentals import HOUR_NS, rentals

MONDAY = date(2026, 11, 16)
TX = "h100_tx_usd"


class Still:
    def price_micros(self, ts_ns: int) -> int:
        return 9_000_000


def source(folder: Path) -> ReportedSource:
    methodologies = [each for each in shipped() if each.name in (TX, "h100_usd")]
    walk = WalkSource({TX: Still(), "h100_usd": Still()}, day_number(MONDAY) * NS_PER_DAY)
    return ReportedSource(ObservationStore(folder), Publisher(methodologies), walk)


def due_ns(day: date) -> int:
    """When a day is printed at the latest: its window closes LATEST_NS before."""
    return fixing_time(TX).instant_ns(day) + LATEST_NS


def report(prints: ReportedSource, day: date, price_micros: int, at_ns: int | None = None) -> None:
    rows = rentals(day, price_micros)
    prints.take(Report(at_ns or due_ns(day) - HOUR_NS // 2, "key", rows))


def kept(found: list[Print], published: dict[tuple[str, int], tuple[int, int]]) -> list[Print]:
    """Publish what is due as the core does, version by version."""
    for one in found:
        key = one.index_name, one.day
        published[key] = (one.price_micros, published.get(key, (0, 0))[1] + 1)
    return found


def test_a_day_is_printed_at_its_close_and_stands_until_the_next(tmp_path: Path) -> None:
    prints = source(tmp_path)
    at_ns = due_ns(MONDAY)
    published: dict[tuple[str, int], tuple[int, int]] = {}
    kept(prints.due(at_ns - NS_PER_DAY, published), published)
    assert prints.price_micros(TX, at_ns) == 9_000_000, "the walk's, before the first print"
    report(prints, MONDAY, 2_500_000)
    assert prints.due(at_ns - 1, published) == []
    assert prints.is_awaited(TX, day_number(MONDAY), at_ns - 1)
    found = kept(prints.due(at_ns, published), published)
    assert {one.index_name for one in found} == {TX, "h100_usd"}
    assert {(one.day, one.price_micros) for one in found} == {(day_number(MONDAY), 2_500_000)}
    assert prints.price_micros(TX, at_ns + HOUR_NS) == 2_500_000
    tuesday_ns = due_ns(MONDAY + timedelta(days=1))
    assert prints.next_ns(tuesday_ns - 1) == tuesday_ns
    assert at_ns < prints.next_ns(at_ns) <= tuesday_ns
    # Nobody reports: the transaction index is withheld, and the last print stands.
    later = at_ns + NS_PER_DAY
    assert TX not in {one.index_name for one in prints.due(later, published)}
    assert prints.price_micros(TX, later) == 2_500_000
    missing = day_number(MONDAY) + 1
    assert not prints.is_awaited(TX, missing, later)
    assert prints.is_awaited(TX, missing + 1, later)


def test_a_day_is_printed_once_a_later_row_is_reported(tmp_path: Path) -> None:
    prints = source(tmp_path)
    window_ns = fixing_time(TX).instant_ns(MONDAY)
    rows = rentals(MONDAY, 2_500_000)
    first = Report(window_ns + HOUR_NS, "key", rows)
    prints.take(first)
    walks = {("h100_usd", day): (1, 9) for day in range(30_000)}
    walks |= {(TX, day): (1, 9) for day in range(day_number(MONDAY))}
    assert prints.due(window_ns + 2 * HOUR_NS, walks) == []
    # A row from after the close tells that the window is complete; it counts for the next day.
    after = rows[0]._replace(ts_ns=window_ns + 1, price_micros=9_999_999)
    prints.take(Report(window_ns + 2 * HOUR_NS, "key", (after,)))
    assert prints.due(window_ns + 2 * HOUR_NS - 1, walks) == []
    found = prints.due(window_ns + 2 * HOUR_NS, walks)
    assert found == [Print(TX, day_number(MONDAY), 2_500_000)]
    # Asked only much later, the same days come out.
    again = source(tmp_path)
    assert again.due(window_ns + LATEST_NS, walks) == found


def test_a_late_report_revises_and_a_restart_prints_nothing_twice(tmp_path: Path) -> None:
    prints = source(tmp_path)
    published: dict[tuple[str, int], tuple[int, int]] = {}
    days = [MONDAY + timedelta(days=n) for n in range(4)]
    told = []
    for number, day in enumerate(days):
        report(prints, day, 2_500_000 + number * 10_000)
        if day == days[2]:
            # More of Monday's deals come on Wednesday, at another price.
            late = tuple(
                row._replace(provider=f"late-{row.provider}") for row in rentals(MONDAY, 3_000_000)
            )
            prints.take(Report(due_ns(day) - HOUR_NS // 4, "late", late))
        told += kept(prints.due(due_ns(day), published), published)
    monday = [one for one in told if (one.index_name, one.day) == (TX, day_number(MONDAY))]
    # Half the volume of Monday at 2.50, half at 3.00.
    assert [one.price_micros for one in monday] == [2_500_000, 2_750_000]
    assert published[TX, day_number(MONDAY)] == (2_750_000, 2)

    again = source(tmp_path)
    assert again.due(due_ns(days[-1]) + 1, published) == []
    assert again.price_micros(TX, 0) == 2_530_000
    # One that comes to an empty log publishes every version anew, in the same order.
    fresh = [
        one for one in source(tmp_path).due(due_ns(days[-1]), {}) if one.price_micros < 9_000_000
    ]
    assert sorted(fresh) == sorted(one for one in told if one.price_micros < 9_000_000)
    report(again, days[-1] + timedelta(days=1), 2_600_000)
    found = again.due(due_ns(days[-1] + timedelta(days=1)), published)
    assert {one.price_micros for one in found if one.index_name == TX} == {2_600_000}


def test_what_an_operator_restated_is_not_overruled(tmp_path: Path) -> None:
    prints = source(tmp_path)
    published: dict[tuple[str, int], tuple[int, int]] = {}
    report(prints, MONDAY, 2_500_000)
    kept(prints.due(due_ns(MONDAY), published), published)
    published[TX, day_number(MONDAY)] = (2_222_222, 2)
    tuesday = MONDAY + timedelta(days=1)
    late = tuple(
        row._replace(provider=f"late-{row.provider}") for row in rentals(MONDAY, 3_000_000)
    )
    prints.take(Report(due_ns(tuesday) - HOUR_NS, "late", late))
    found = prints.due(due_ns(tuesday), published)
    assert (TX, day_number(MONDAY)) not in {(one.index_name, one.day) for one in found}
