"""The tables of docs/protocol against the registry and against answers of a real core."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from exchange.core.commands import Command
from exchange.core.layout import EVENT_TAG, CommandKind, Reason
from exchange.feed import public_instrument
from exchange.gateway.errors import CODES
from exchange.gateway.methods.operator.specification import Specification
from exchange.gateway.methods.order_fields import fill_fields
from exchange.gateway.methods.order_params import LinkedOrder
from exchange.gateway.methods.quote_params import Quote, QuoteSide
from exchange.gateway.methods.reasons import CANCEL_REASONS, REFUSALS
from exchange.gateway.rpc import METHODS
from marketdata.messages import State, Trade, instrument_fields, trade_fields
from tests.exchange.core.lab import binary, combo
from tests.exchange.gateway.methods.desk import ALICE, BOB, CAROL, FAR, NEAR, PERPETUAL, Desk
from tests.exchange.gateway.methods.protocol_tables import params_rows, tables
from tests.exchange.gateway.methods.spreads import SPREAD, list_spread

PAGES = ("orders", "quotes", "queries", "market", "session", "operator")
JSON_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "number": (int, float),
    "boolean": (bool,),
    "list": (list,),
    "object": (dict,),
    "null": (type(None),),
}
ALGORITHMS: tuple[dict[str, Any], ...] = (
    {"matching": "pro_rata", "top_order_lots": 5, "minimum_allocation_lots": 2},
    {"matching": "batch_auction", "batch_interval_ns": 100_000_000},
)
MONTH_MS = 30 * 86_400_000


@pytest.fixture(scope="module")
def pages(checkout: Path) -> Path:
    return checkout / "docs" / "protocol"


def test_every_method_has_one_heading_and_no_other_is_there(pages: Path) -> None:
    headings = [name for page in PAGES for name in tables(pages / f"{page}.md")]
    assert sorted(headings) == sorted(METHODS)


@pytest.mark.parametrize("page", PAGES)
def test_parameters_are_those_of_the_registry(pages: Path, page: str) -> None:
    for name, rows in tables(pages / f"{page}.md").items():
        assert [row[:3] for row in rows] == params_rows(METHODS[name].params), name
        assert all(len(row) == 4 and row[3] for row in rows), name


@pytest.mark.parametrize("page", PAGES)
def test_scopes_and_results_are_stated(pages: Path, page: str) -> None:
    sections = (pages / f"{page}.md").read_text(encoding="utf-8").split("\n## ")[1:]
    for section in sections:
        method = METHODS[section.partition("\n")[0].strip("`")]
        assert (f"Scope `{method.scope}`." in section) == (method.scope is not None), method.name
        assert "\nResult: " in section, method.name
        assert method.summary in section, method.name


def objects(desk: Desk) -> dict[str, list[dict[str, Any]]]:
    """Return specimens of every object, with every optional field in at least one."""
    desk.apply([Command(CommandKind.PRINT_INDEX, amount_micros=2_800_000, text="h100_broad")])
    desk.sell(ALICE, 3, 2.8)
    taken = desk.call(BOB, "private/buy", instrument_name=NEAR, amount=5, type="market")
    list_spread(desk)
    for account, verb in ((BOB, "private/sell"), (ALICE, "private/buy")):
        desk.call(account, verb, instrument_name=SPREAD, amount=1, price=0.3)
    legs = desk.call(ALICE, "private/get_user_trades_by_instrument", instrument_name=FAR)
    block = Command(CommandKind.BLOCK_TRADE, CAROL, 0, ALICE, price_ticks=280, qty_lots=50)
    number = desk.apply([block])[0].events[0][EVENT_TAG]
    desk.apply([Command(CommandKind.GIVE_UP, CAROL, order_id=number, qty_lots=BOB)])
    beside = [
        fill_fields(fill, desk.instruments[NEAR])
        for account in (CAROL, BOB)
        for fill in (*desk.views.trades.fills(account),)[-1:]
    ]
    liquidated = replace(desk.views.trades.fills(BOB)[0], liquidated=True)
    beside.append(fill_fields(liquidated, desk.instruments[NEAR]))
    desk.buy(BOB, 1, 2.7)
    desk.apply([Command(CommandKind.SETTLE, instrument=1, amount_micros=2_800_000)])
    near = {"instrument_name": NEAR}
    stop = {"trigger": "mark_price", "price": 2.9}
    linked = [{"direction": "sell", "price": price} for price in (2.9, 2.91)]
    for params in (
        {"type": "stop_limit", "trigger_price": 2.9, "display_amount": 1, **stop},
        {"type": "trailing_stop", "trigger_offset": 0.05, **stop},
        {
            "time_in_force": "good_til_date",
            "expiration_timestamp": desk.ts_ns // 1_000_000 + MONTH_MS,
            "self_trade_prevention": "cancel_both",
            "post_only": True,
            "price": 2.6,
        },
    ):
        desk.call(BOB, "private/buy", amount=2, **near, **params)
    answers = [
        desk.call(
            BOB,
            "private/buy",
            amount=2,
            price=2.6,
            linked_order_type=link,
            otoco_config=linked,
            **near,
        )["order"]
        for link in ("one_cancels_other", "one_triggers_one_cancels_other")
    ]
    quote = {**near, "bid": {"price": 2.59, "amount": 1}}
    desk.call(BOB, "private/mass_quote", quotes=[quote])
    book = desk.call(ALICE, "public/get_order_book", **near)
    ticker = desk.call(ALICE, "public/ticker", **near)
    chart = {**near, "start_timestamp": 0, "end_timestamp": 2_000_000_000_000, "resolution": "1"}
    delivery = desk.call(ALICE, "public/get_delivery_prices", index_name="h100_broad")
    trades = desk.call(ALICE, "public/get_last_trades_by_instrument", **near)["trades"]
    implied = Trade(9, 9, 0, 0, 280, 1, 0, 280, 0, 0, SPREAD, 8, implied=True)
    return {
        "order": [taken["order"], *desk.call(BOB, "private/get_open_orders"), *answers],
        "fill": [*taken["trades"], *legs["trades"], *msgspec.to_builtins(beside)],
        "position": [
            desk.call(account, "private/get_position", instrument_name=name)
            for account, name in ((ALICE, NEAR), (BOB, NEAR), (BOB, FAR))
        ],
        "summary": [desk.call(BOB, "private/get_account_summary", currency="USD")],
        "currency": desk.call(BOB, "public/get_currencies"),
        "instrument": [
            *desk.call(BOB, "public/get_instruments"),
            *(
                instrument_fields(public_instrument(9, terms), State.OPEN, 1)
                for terms in (combo(), binary())
            ),
            *(
                instrument_fields(replace(desk.instruments[NEAR], **changes), State.OPEN, 1)
                for changes in ALGORITHMS
            ),
        ],
        "combo": [desk.call(BOB, "public/get_combo_details", combo_id=SPREAD)],
        "ticker": [ticker, desk.call(ALICE, "public/ticker", instrument_name=PERPETUAL)],
        "order_book": [{k: v for k, v in book.items() if k not in ticker}],
        "book_summary": desk.call(ALICE, "public/get_book_summary_by_instrument", **near),
        "trade": [*trades, trade_fields(desk.instruments[NEAR], implied, 0)],
        "chart": [desk.call(ALICE, "public/get_tradingview_chart_data", **chart)],
        "index_price": [desk.call(ALICE, "public/get_index_price", index_name="h100_broad")],
        "delivery_price": delivery["data"],
        "status": [desk.call(ALICE, "public/status")],
    }


def test_objects_have_the_fields_and_types_of_their_tables(pages: Path, desk: Desk) -> None:
    stated = tables(pages / "objects.md")
    specimens = objects(desk)
    assert stated.keys() == specimens.keys()
    for name, rows in stated.items():
        assert specimens[name], name
        types = {row[0].strip("`"): row[1].split(" or ") for row in rows}
        seen = {field for specimen in specimens[name] for field in specimen}
        assert seen == set(types), name
        for specimen in specimens[name]:
            for field, value in specimen.items():
                allowed = {kind for word in types[field] for kind in JSON_TYPES[word]}
                assert type(value) in allowed, (name, field, value)


@pytest.mark.parametrize("struct", [LinkedOrder, Quote, QuoteSide])
def test_inner_objects_have_the_parameters_of_their_table(
    pages: Path, struct: type[msgspec.Struct]
) -> None:
    rows = tables(pages / "order-types.md")[struct.__name__]
    assert [row[:3] for row in rows] == params_rows(struct)
    assert all(len(row) == 4 and row[3] for row in rows)


def test_a_specification_has_the_fields_of_its_table(pages: Path) -> None:
    text = (pages / "operator.md").read_text(encoding="utf-8").partition("\n## ")[0]
    rows = [line[2:-2].split(" | ") for line in text.splitlines() if line.startswith("| `")]
    assert [row[:3] for row in rows] == params_rows(Specification)
    assert all(len(row) == 4 and row[3] for row in rows)


def test_every_end_of_an_order_has_its_word(pages: Path) -> None:
    text = (pages / "README.md").read_text(encoding="utf-8").partition("## Ends of orders")[2]
    rows = [line.split(" | ")[0].strip("| ") for line in text.splitlines() if line[:2] == "| "]
    assert rows[1:] == list(CANCEL_REASONS.values())


def test_refusals_are_those_of_the_table_in_the_code(pages: Path) -> None:
    page = (pages / "README.md").read_text(encoding="utf-8")
    text = page.partition("## Refusals by the venue")[2].partition("\n## ")[0]
    for reason, refusal in REFUSALS.items():
        code = CODES[refusal.message]
        line = f"| `{Reason(reason).name}` | {code} | {refusal.message} | `{refusal.param}` |"
        assert line in text
    assert text.count("\n| `") == len(REFUSALS)
