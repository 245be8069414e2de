"""Index prices and settlement prices."""

from __future__ import annotations

from exchange.core.commands import Command
from exchange.core.layout import CommandKind
from tests.exchange.gateway.methods.desk import ALICE, NEAR, Desk, refusal


def test_an_index_has_a_price_once_it_was_published(desk: Desk) -> None:
    assert set(desk.call(ALICE, "public/get_index_price_names")) == {"h100_broad", "h100_trades"}
    told = refusal(desk, ALICE, "public/get_index_price", index_name="h100_broad")
    assert told == (13020, "index_name", "h100_broad has not been published yet")
    desk.apply([Command(CommandKind.PRINT_INDEX, amount_micros=2_812_500, text="h100_broad")])
    price = desk.call(ALICE, "public/get_index_price", index_name="h100_broad")
    assert price["index_price"] == price["estimated_delivery_price"] == 2.8125
    code, param, _ = refusal(desk, ALICE, "public/get_index_price", index_name="btc_usd")
    assert (code, param) == (-32602, "index_name")


def test_fixings_are_told_as_they_stand_newest_day_first(desk: Desk) -> None:
    asked = {"index_name": "h100_broad"}
    assert desk.call(ALICE, "public/get_fixings", **asked) == {"records_total": 0, "data": []}
    for day, micros, version in (
        (20_000, 2_600_000, 1),
        (20_001, 2_700_000, 1),
        (20_000, 2_650_000, 2),
    ):
        desk.apply(
            [
                Command(
                    CommandKind.PUBLISH_FIXING,
                    price_ticks=version,
                    qty_lots=day,
                    amount_micros=micros,
                    text="h100_broad",
                )
            ]
        )
    answer = desk.call(ALICE, "public/get_fixings", **asked)
    assert answer["records_total"] == 2
    assert answer["data"] == [
        {"date": "2024-10-05", "price": 2.7, "version": 1},
        {"date": "2024-10-04", "price": 2.65, "version": 2},
    ]
    assert desk.call(ALICE, "public/get_fixings", **asked, offset=1, count=1)["data"] == [
        {"date": "2024-10-04", "price": 2.65, "version": 2}
    ]
    assert refusal(desk, ALICE, "public/get_fixings", index_name="x")[1] == "index_name"


def test_delivery_prices_are_the_settlements_newest_first(desk: Desk) -> None:
    asked = {"index_name": "h100_broad"}
    empty = {"records_total": 0, "data": []}
    assert desk.call(ALICE, "public/get_delivery_prices", **asked) == empty
    for number, micros in ((0, 2_754_321), (1, 2_600_000)):
        desk.apply([Command(CommandKind.SETTLE, instrument=number, amount_micros=micros)])
    answer = desk.call(ALICE, "public/get_delivery_prices", **asked)
    assert answer["records_total"] == 2
    assert [row["delivery_price"] for row in answer["data"]] == [2.6, 2.754321]
    page = desk.call(ALICE, "public/get_delivery_prices", **asked, offset=1, count=5)
    assert page["data"] == [
        {"date": "2026-09-21", "delivery_price": 2.754321, "instrument_name": NEAR}
    ]
    assert desk.call(ALICE, "public/get_delivery_prices", index_name="h100_trades") == empty
    assert refusal(desk, ALICE, "public/get_delivery_prices", index_name="x")[1] == "index_name"
