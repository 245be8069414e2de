"""The transaction log and the settlement history: every change, and the balance that it left."""

from __future__ import annotations

from typing import Any

import pytest

from exchange.core.commands import Command
from exchange.core.layout import ACCOUNT_CASH_MICROS, CommandKind
from marketdata.days import NS_PER_DAY
from tests.exchange.gateway.methods.desk import ALICE, BOB, CAROL, NEAR, PERPETUAL, Desk, refusal

AGES = {"start_timestamp": 0, "end_timestamp": 32_503_708_800_000}
START = 50_000_000


def log(desk: Desk, account: int = BOB, **params: Any) -> list[dict[str, Any]]:
    """The account's log, newest first."""
    asked = {"currency": "USD", **AGES, **params}
    found: list[dict[str, Any]] = desk.call(account, "private/get_transaction_log", **asked)["logs"]
    return found


def end_day(desk: Desk) -> None:
    """End the day that it is."""
    desk.apply([Command(CommandKind.DAY_ROLL, qty_lots=desk.ts_ns // NS_PER_DAY)])


@pytest.fixture
def busy(desk: Desk) -> Desk:
    """Bob bought 10 from alice at the mark of 2.80, a block from carol, and the mark rose to 2.85."""
    desk.sell(ALICE, 10, 2.8)
    desk.buy(BOB, 10, 2.8)
    block = Command(
        CommandKind.BLOCK_TRADE, BOB, 0, CAROL, price_ticks=281, qty_lots=5, text="R-77"
    )
    desk.apply([block, Command(CommandKind.TRANSFER, BOB, amount_micros=-1_000_000_000)])
    desk.apply([Command(CommandKind.MARK, instrument=0, price_ticks=285)])
    return desk


def test_each_change_is_told_with_the_balance_after_it(busy: Desk) -> None:
    block_id = int(busy.core.venue[2])
    end_day(busy)
    found = log(busy)
    assert [(each["type"], each["change"], each["balance"]) for each in found] == [
        # 10 lots gained five ticks of 7.30 $, 5 lots four.
        ("settlement", 511.0, START - 55 - 27.5 - 1_000 + 511),
        ("withdrawal", -1_000.0, START - 55 - 27.5 - 1_000),
        ("trade", -27.5, START - 55 - 27.5),
        ("trade", -55.0, START - 55),
        ("deposit", float(START), START),
    ]
    cash = int(busy.core.account(BOB)[ACCOUNT_CASH_MICROS])
    assert found[0]["balance"] == cash / 10**6
    assert [each["user_seq"] for each in found] == [5, 4, 3, 2, 1]
    block, fill = found[2], found[3]
    assert (block["trade_id"], block["amount"], block["price"]) == (str(block_id), 5, 2.81)
    assert (fill["side"], fill["amount"], fill["price"], fill["user_role"]) == (
        ("buy", 10, 2.8, "taker")
    )
    assert (fill["commission"], fill["cashflow"]) == (55.0, 0.0)
    assert {each["currency"] for each in found} == {"USD"}


def test_busts_and_settlement_are_told(busy: Desk) -> None:
    trade_id = int(busy.core.venue[2])
    busy.apply([Command(CommandKind.BUST, order_id=trade_id)])
    busy.apply([Command(CommandKind.SETTLE, instrument=0, amount_micros=2_900_000)])
    end_day(busy)
    found = log(busy, count=5)
    assert [(each["type"], each["change"]) for each in found] == [
        # 10 lots gained ten ticks in all; the block's four ticks on five lots were taken back apart.
        ("settlement", 730.0 + 146.0),
        ("delivery", 0.0),
        ("correction", 27.5),
        ("correction", -146.0),
        ("withdrawal", -1_000.0),
    ]
    assert (found[1]["position"], found[1]["price"]) == (10, 2.9)
    assert found[2]["trade_id"] == found[3]["trade_id"] == str(trade_id)
    told = busy.call(BOB, "private/get_settlement_history_by_currency", currency="any")
    assert [(s["type"], s["instrument_name"]) for s in told["settlements"]] == [
        ("settlement", NEAR),
        ("delivery", NEAR),
    ]
    assert told["settlements"][0]["session_profit_loss"] == 876.0
    delivery = told["settlements"][1]
    assert (delivery["position"], delivery["mark_price"], delivery["commission"]) == (10, 2.9, 0)


def test_funding_is_part_of_a_day_s_settlement(desk: Desk) -> None:
    desk.sell(ALICE, 10, 2.8, instrument_name=PERPETUAL)
    desk.buy(BOB, 10, 2.8, instrument_name=PERPETUAL)
    number = desk.instruments[PERPETUAL].instrument_id
    desk.apply([Command(CommandKind.FUND, instrument=number, amount_micros=100_000)])
    desk.apply([Command(CommandKind.MARK, instrument=number, price_ticks=2_810)])
    end_day(desk)
    params = {"instrument_name": PERPETUAL}
    method = "private/get_settlement_history_by_instrument"
    (one,) = desk.call(BOB, method, **params)["settlements"]
    assert (one["funding"], one["session_profit_loss"]) == (-1.0, 0.1)
    assert desk.call(BOB, method, **params, type="delivery")["settlements"] == []
    assert desk.call(CAROL, method, **params)["settlements"] == []


def test_pages_filters_and_bad_questions(busy: Desk) -> None:
    whole = log(busy)
    pages, asked = [], {"currency": "any", **AGES, "count": 3}
    answer = busy.call(BOB, "private/get_transaction_log", **asked)
    while True:
        pages += answer["logs"]
        if answer["continuation"] is None:
            break
        asked["continuation"] = answer["continuation"]
        answer = busy.call(BOB, "private/get_transaction_log", **asked)
    assert pages == whole
    assert log(busy, query="trade") == whole[1:3]
    assert log(busy, currency="GPU1") == whole[1:3]
    assert log(busy, end_timestamp=0) == []
    told = refusal(
        busy,
        BOB,
        "private/get_transaction_log",
        currency="USD",
        start_timestamp=2,
        end_timestamp=1,
    )
    assert told == (-32602, "end_timestamp", "is before start_timestamp")
