"""Legs of combos in private and public trades, in the journal and after a restart."""

from __future__ import annotations

from typing import Any

import pytest

from exchange.core import layout as at
from exchange.core.commands import Command
from exchange.core.layout import CommandKind
from exchange.gateway.methods.fills import told_fill
from exchange.replica import Replica
from tests.exchange.gateway.methods.desk import ALICE, BOB, FAR, NEAR, Desk
from tests.exchange.gateway.methods.spreads import SPREAD, list_spread


@pytest.fixture
def spread(desk: Desk) -> Desk:
    """A desk with the spread of its two months."""
    list_spread(desk)
    return desk


def trades(desk: Desk, account: int, name: str) -> list[dict[str, Any]]:
    asked = {"instrument_name": name, "sorting": "asc"}
    found = desk.call(account, "private/get_user_trades_by_instrument", **asked)
    listed: list[dict[str, Any]] = found["trades"]
    return listed


def place(desk: Desk, account: int, side: str, price: float, amount: int = 2) -> dict[str, Any]:
    asked = {"instrument_name": SPREAD, "amount": amount, "price": price, "label": "arb"}
    answer: dict[str, Any] = desk.call(account, f"private/{side}", **asked)
    return answer


def far_mark(desk: Desk) -> float:
    ticks = int(desk.core.instruments[1, at.INSTRUMENT_MARK_TICKS])
    return desk.instruments[FAR].price(ticks)


def test_a_fill_of_the_spread_is_told_with_its_legs(spread: Desk) -> None:
    place(spread, BOB, "sell", -0.015)
    answer = place(spread, ALICE, "buy", 0.1)
    # The answer is about the order, whose only fill is the spread's.
    (whole,) = answer["trades"]
    assert (whole["instrument_name"], whole["price"], whole["amount"]) == (SPREAD, -0.015, 2)
    assert answer["order"]["average_price"] == -0.015
    assert "combo_id" not in whole
    (near,), (far,) = trades(spread, ALICE, NEAR), trades(spread, ALICE, FAR)
    assert (near["direction"], far["direction"]) == ("buy", "sell")
    assert far["price"] == far_mark(spread)
    assert near["price"] == pytest.approx(far_mark(spread) - 0.015, abs=1e-9)
    for leg in (near, far):
        assert leg["order_id"] == whole["order_id"]
        assert (leg["combo_id"], leg["combo_trade_id"]) == (SPREAD, whole["trade_id"])
        assert (leg["fee"], leg["liquidity"], leg["label"]) == (0, "T", "arb")
    (bobs,) = trades(spread, BOB, NEAR)
    assert (bobs["direction"], bobs["liquidity"], bobs["price"]) == ("sell", "M", near["price"])


def test_the_public_tape_shows_legs_but_does_not_take_their_price_for_the_last(
    spread: Desk,
) -> None:
    spread.sell(BOB, 1, 2.81)
    spread.buy(ALICE, 1, 2.81)
    place(spread, BOB, "sell", 0.005)
    place(spread, ALICE, "buy", 0.005)
    asked = {"instrument_name": NEAR, "sorting": "asc"}
    own, leg = spread.call(-1, "public/get_last_trades_by_instrument", **asked, count=9)["trades"]
    assert "combo_id" not in own
    assert (leg["combo_id"], leg["trade_seq"]) == (SPREAD, own["trade_seq"] + 1)
    assert leg["price"] == trades(spread, ALICE, NEAR)[1]["price"]
    assert trades(spread, ALICE, NEAR)[1]["trade_seq"] == leg["trade_seq"]
    ticker = spread.call(-1, "public/ticker", instrument_name=NEAR)
    assert (ticker["last_price"], ticker["stats"]["volume"]) == (2.81, 1)
    assert ticker["open_interest"] == 3
    assert spread.call(-1, "public/ticker", instrument_name=SPREAD)["last_price"] == 0.005


def test_nothing_of_it_is_lost_in_a_restart(spread: Desk) -> None:
    place(spread, BOB, "sell", 0.005)
    place(spread, ALICE, "buy", 0.005)
    restored = Replica()
    restored.load(spread.replica.snapshot())
    assert restored.views.snapshot() == spread.views.snapshot()
    assert list(restored.views.trades.fills(ALICE)) == list(spread.views.trades.fills(ALICE))
    fill = spread.views.trades.fills(ALICE)[-1]
    assert told_fill(spread, fill).combo_id == SPREAD  # type: ignore[arg-type]


def test_a_bust_in_the_log_comes_to_what_the_trade_had_moved(spread: Desk) -> None:
    before = [int(n) for n in spread.core.accounts[:2, at.ACCOUNT_CASH_MICROS]]
    place(spread, BOB, "sell", 0.105)
    whole = place(spread, ALICE, "buy", 0.105)["trades"][0]
    day = spread.ts_ns // (86_400 * 10**9)
    spread.apply([Command(CommandKind.MARK, instrument=0, price_ticks=270)])
    spread.apply([Command(CommandKind.BUST, order_id=int(whole["trade_id"]))])
    assert [int(n) for n in spread.core.accounts[:2, at.ACCOUNT_CASH_MICROS]] == before
    spread.apply([Command(CommandKind.DAY_ROLL, qty_lots=day)])
    # A statement is only made where rows and columns come to the same.
    journal = spread.views.journal
    assert {statement.account for statement in journal.latest} >= {"alice", "bob"}
    for account in (ALICE, BOB):
        log = spread.call(
            account,
            "private/get_transaction_log",
            currency="any",
            start_timestamp=0,
            end_timestamp=4 * 10**12,
        )["logs"]
        assert sum(entry["change"] for entry in log) == pytest.approx(
            spread.core.accounts[account, at.ACCOUNT_CASH_MICROS] / 10**6
        )
