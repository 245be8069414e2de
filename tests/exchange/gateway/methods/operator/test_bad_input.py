"""Bad input of operators and of accounts in default: refused with code and reason, the state as it was.

``ControlRoom.refused`` compares the digest of the whole core before and after each.
"""

from __future__ import annotations

from typing import Any

import pytest

from exchange.core import invariants
from exchange.core import layout as at
from tests.exchange.gateway.methods.desk import ALICE, BOB, NEAR
from tests.exchange.gateway.methods.operator.control_room import ControlRoom

MARK = 2.8
HUGE = (10**30, -(10**30), 2**63, "1e400", "-1e400", "nan", "inf")


def refuse(room: ControlRoom, method: str, code: int, param: str, **params: Any) -> str:
    """Assert how a change is refused; return the reason given."""
    wrong = room.refused(method, **params)
    if wrong["code"] != -32602 or "param" in wrong:
        assert (wrong["code"], wrong["param"]) == (code, param), (method, params, wrong)
    assert code == wrong["code"]
    assert wrong["reason"]
    return str(wrong["reason"])


def trade(room: ControlRoom, amount: int = 10) -> str:
    """Let alice buy from bob; return the trade's id."""
    room.sell(BOB, amount, MARK)
    room.buy(ALICE, amount, MARK)
    return str(int(room.core.venue[at.VENUE_TRADES]))


@pytest.mark.parametrize("price", [0, -1, "2.801", *HUGE])
def test_marks_that_are_no_price(room: ControlRoom, price: object) -> None:
    wrong = room.refused("set_mark", instrument_name=NEAR, price=price)
    assert wrong["code"] in (-32602, 10011, 10043)
    assert not wrong["logged"]
    if price == 0:
        # Forced or not.
        assert not room.refused("set_mark", instrument_name=NEAR, price=price, force=True)["logged"]


def test_prices_a_hundred_times_too_high(room: ControlRoom) -> None:
    room.do("print_index", index_name="h100_broad", price=MARK)
    number = trade(room)
    far = {"price": MARK * 100}
    # Beyond what the contract can show, whatever is forced.
    for force in (False, True):
        refuse(room, "set_mark", -32602, "price", instrument_name=NEAR, force=force, **far)
        wrong = room.refused("adjust", trade_id=number, force=force, **far)
        assert wrong["code"] in (-32602, 10011)
    # What it could show needs force, from a factor of 2 on.
    refuse(room, "set_mark", 10011, "price", instrument_name=NEAR, price=MARK * 10)
    refuse(room, "set_mark", 10011, "move_percent", instrument_name=NEAR, move_percent=900)
    refuse(room, "adjust", 10011, "price", trade_id=number, price=MARK * 10)
    refuse(room, "print_index", 10011, "price", index_name="h100_broad", **far)
    refuse(room, "settle", 10011, "price", instrument_name=NEAR, **far)


@pytest.mark.parametrize("amount", HUGE)
def test_amounts_that_no_int64_holds(room: ControlRoom, amount: object) -> None:
    for method, params in (
        ("transfer", {"account": "alice"}),
        ("move", {"account": "alice", "to_account": "bob"}),
        ("fund_layer", {"layer": "insurance"}),
    ):
        wrong = room.refused(method, amount=amount, **params)
        assert (wrong["code"], wrong["logged"]) == (-32602, False), method
    wrong = room.refused("open_account", name="dave", deposit=amount)
    assert (wrong["code"], wrong["logged"]) == (-32602, False)
    assert "dave" not in room.core.account_numbers


def test_nothing_leaves_an_account_in_the_middle_of_its_liquidation(room: ControlRoom) -> None:
    room.do("set_margin_terms", call_s=0)
    room.do("open_account", name="dave", deposit=60_000)
    room.do("open_account", name="dave.desk", deposit=1)
    room.sell(BOB, 100, MARK)
    room.buy(3, 100, MARK)
    room.do("set_mark", currency="GPU1", move_percent=-22)
    room.do("close_out", account="dave", force=True)
    (dave,) = room.look("get_waterfall")["unsound"]
    assert (dave["account"], dave["state"]) == ("dave", "closing_out")
    assert dave["equity"] > 0
    refuse(room, "transfer", 10009, "amount", account="dave", amount=-1)
    refuse(room, "move", 10009, "amount", account="dave", to_account="dave.desk", amount=1)
    refuse(room, "fund_layer", 11030, "account", layer="default_fund", account="dave", amount=1)
    assert invariants.violations(room.core) == []


def test_a_contract_settles_once(room: ControlRoom) -> None:
    trade(room)
    room.do("settle", instrument_name=NEAR, price=MARK, force=True)
    for method in ("settle", "set_mark"):
        refuse(room, method, 10012, "instrument_name", instrument_name=NEAR, price=MARK)
    assert invariants.violations(room.core) == []


def test_a_bust_of_a_bust_and_of_what_never_was(room: ControlRoom) -> None:
    number = trade(room)
    room.do("bust", trade_id=number)
    assert "busted" in refuse(room, "bust", 11030, "trade_id", trade_id=number)
    refuse(room, "adjust", 11030, "trade_id", trade_id=number, price=2.7)
    refuse(room, "give_up", 11030, "trade_id", trade_id=number, account="alice", to_account="carol")
    refuse(room, "bust", 13020, "trade_id", trade_id="999")
    later = trade(room)
    room.do("settle", instrument_name=NEAR, price=MARK, force=True)
    refuse(room, "bust", 10012, "instrument_name", trade_id=later)
    assert invariants.violations(room.core) == []
