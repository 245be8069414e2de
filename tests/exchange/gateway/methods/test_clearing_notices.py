"""What an account is told of its clearing, and that trades, statement and positions say the same of it."""

from __future__ import annotations

from collections import Counter
from typing import Any

import msgspec
import pytest

from exchange.core import layout as at
from exchange.gateway.methods.private_channels import EVERYONE, by_account, parse, render, snapshot
from exchange.statements.postings import PostingKind
from tests.exchange.gateway.methods.desk import ALICE, BOB, CAROL, NEAR
from tests.exchange.gateway.methods.operator.control_room import ControlRoom

DAVE = 3
CHANNEL = "user.clearing.any"


@pytest.fixture
def room() -> ControlRoom:
    """Three funded accounts and an operator."""
    return ControlRoom()


def told(room: ControlRoom, account: int, name: str = CHANNEL) -> list[Any]:
    """What a channel says to an account of the latest batch, routed as the gateway does."""
    venue: Any = room
    routed = by_account(room.rows)
    rows = [*routed.get(account, []), *routed.get(EVERYONE, [])]
    found: list[Any] = msgspec.to_builtins(render(parse(name, venue), account, rows, venue))
    return found


def types(messages: list[Any]) -> list[str]:
    return [message["type"] for message in messages]


def trades(room: ControlRoom, account: int) -> list[dict[str, Any]]:
    found = room.call(
        account,
        "private/get_user_trades_by_instrument",
        instrument_name=NEAR,
        count=1000,
        sorting="asc",
    )
    listed: list[dict[str, Any]] = found["trades"]
    return listed


def block(room: ControlRoom, buyer: str, seller: str, amount: int, price: float) -> str:
    done = room.do(
        "block_trade",
        instrument_name=NEAR,
        buyer=buyer,
        seller=seller,
        amount=amount,
        price=price,
    )
    return str(done["trade_id"])


def test_a_default_is_told_to_whom_it_concerns(room: ControlRoom) -> None:
    venue: Any = room
    room.do("set_margin_terms", call_s=3_600, step_ms=1, patience_steps=0, deleveraging_steps=1)
    room.do("open_account", name="dave", deposit=50_000)
    room.do("fund_layer", layer="default_fund", account="carol", amount=1_000)
    assert told(room, CAROL)[0] | {"timestamp": 0} == {
        "type": "contribution",
        "amount": 1_000,
        "timestamp": 0,
    }
    room.sell(BOB, 100, 2.8)
    room.buy(DAVE, 100, 2.8)
    room.do("set_mark", currency="GPU1", move_percent=-23)
    (called,) = told(room, DAVE)
    assert called["type"] == "margin_call"
    assert called["deadline"] == (room.ts_ns + 3_600 * 10**9) // 10**6
    (standing,) = snapshot(parse(CHANNEL, venue), DAVE, venue)
    assert standing["missing"] == called["missing"] > 0
    assert told(room, BOB) == []
    room.buy(BOB, 10, 2.15)
    room.do("close_out", account="dave", force=True)
    first = told(room, DAVE)
    assert types(first)[0] == "close_out"
    (changes,) = told(room, DAVE, "user.changes.any.any.raw")
    closed = changes["trades"]
    assert {fill["liquidation"] for fill in closed} == {"T"}
    assert [order["is_liquidation"] for order in changes["orders"]] == [True]
    seen = Counter(types(first))
    # Further down equity is below zero, so that layers pay.
    room.do("set_mark", currency="GPU1", move_percent=-12)
    bobs: Counter[str] = Counter()
    carols: Counter[str] = Counter()
    for _ in range(50):
        if not room.core.account(DAVE)[at.ACCOUNT_STATUS]:
            break
        room.do("close_out", account="dave", force=True)
        seen.update(types(told(room, DAVE)))
        bobs.update(types(told(room, BOB)))
        carols.update(types(told(room, CAROL)))
        fills = [one for each in told(room, BOB, "user.trades.any.any.raw") for one in each]
        assert {fill.get("origin") for fill in fills} <= {"auto_deleveraging", None}
        assert told(room, CAROL, "user.portfolio.any") or "contribution_used" not in carols
    assert seen["deleveraged"] > 0
    assert seen["relief"] > 0
    assert seen["margin_call_met"] == 1
    assert bobs["deleveraged"] == seen["deleveraged"]
    assert carols["contribution_used"] > 0
    deleveraged = [fill for fill in trades(room, BOB) if "origin" in fill]
    assert {(fill["order_id"], fill["trade_seq"], fill["fee"]) for fill in deleveraged} == {
        ("", 0, 0)
    }
    assert {fill["liquidation"] for fill in trades(room, DAVE) if "origin" in fill} == {"T"}


def test_stops_and_restrictions_are_told(room: ControlRoom) -> None:
    room.do("stop_trading", account="alice")
    assert types(told(room, ALICE)) == ["trading_stopped"]
    room.do("resume_trading", everyone=True)
    assert types(told(room, ALICE)) == ["trading_resumed"]
    room.do("restrict", account="alice", instrument_name=NEAR)
    (bar,) = told(room, ALICE)
    assert (bar["type"], bar["instrument_name"]) == ("restricted", NEAR)
    room.do("restrict", account="alice", instrument_name=NEAR, lift=True)
    assert types(told(room, ALICE)) == ["restriction_lifted"]


def test_corrections_are_told_and_the_fill_is_told_again(room: ControlRoom) -> None:
    number = block(room, "alice", "bob", 50, 2.8)
    assert types(told(room, ALICE)) == types(told(room, BOB)) == ["block_trade"]
    ((fill,),) = told(room, BOB, "user.trades.any.any.raw")
    assert (fill["block_trade_id"], fill["direction"], fill["order_id"]) == (
        f"BLOCK-{number}",
        "sell",
        "",
    )
    room.do("adjust", trade_id=number, price=2.75)
    (adjusted,) = told(room, ALICE)
    assert (adjusted["former_price"], adjusted["price"]) == (2.8, 2.75)
    ((fill,),) = told(room, ALICE, "user.trades.any.any.raw")
    assert (fill["price"], fill["correction"]) == (2.75, "adjusted")
    room.do("give_up", trade_id=number, account="alice", to_account="carol")
    assert types(told(room, ALICE)) == ["trade_given_up"]
    assert types(told(room, CAROL)) == ["trade_taken_over"]
    ((fill,),) = told(room, CAROL, "user.trades.any.any.raw")
    assert (fill["origin"], fill["price"]) == ("give_up", 2.75)
    (changes,) = told(room, CAROL, "user.changes.any.any.raw")
    assert changes["positions"][0]["size"] == 50
    room.do("bust", trade_id=number)
    assert types(told(room, CAROL)) == types(told(room, BOB)) == ["trade_busted"]
    assert told(room, ALICE) == []
    assert trades(room, BOB)[0]["correction"] == "busted"
    assert trades(room, ALICE)[0]["correction"] == "given_up"


def test_a_block_trade_is_on_the_public_tape_and_moves_no_price(room: ControlRoom) -> None:
    room.sell(BOB, 1, 2.8)
    room.buy(ALICE, 1, 2.8)
    before = room.call(CAROL, "public/ticker", instrument_name=NEAR)
    number = block(room, "alice", "bob", 50, 2.9)
    public = room.call(
        CAROL, "public/get_last_trades_by_instrument", instrument_name=NEAR, count=5
    )["trades"]
    assert [one["trade_seq"] for one in public] == [2, 1]
    assert public[0]["block_trade_id"] == f"BLOCK-{number}"
    assert "block_trade_id" not in public[1]
    after = room.call(CAROL, "public/ticker", instrument_name=NEAR)
    assert after["last_price"] == before["last_price"] == 2.8
    assert after["stats"]["volume"] == before["stats"]["volume"] == 1
    room.sell(BOB, 1, 2.8)
    room.buy(ALICE, 1, 2.8)
    assert [fill["trade_seq"] for fill in trades(room, ALICE)] == [1, 2, 3]


def test_trades_positions_and_statement_agree_for_every_kind_of_trade(room: ControlRoom) -> None:
    room.do("set_margin_terms", call_s=0, step_ms=1, patience_steps=0, deleveraging_steps=1)
    room.do("open_account", name="dave", deposit=60_000)
    room.sell(BOB, 100, 2.8)
    room.buy(DAVE, 100, 2.8)
    kept = block(room, "alice", "bob", 50, 2.85)
    busted = block(room, "carol", "bob", 60, 2.75)
    given = block(room, "carol", "bob", 70, 2.82)
    room.do("adjust", trade_id=kept, price=2.83)
    room.do("bust", trade_id=busted)
    room.do("give_up", trade_id=given, account="carol", to_account="alice")
    room.do("set_mark", currency="GPU1", move_percent=-25)
    room.buy(CAROL, 10, 2.1)
    for _ in range(50):
        if not room.core.account(DAVE)[at.ACCOUNT_STATUS]:
            break
        room.do("close_out", account="dave", force=True)
    spec = room.core.specs[0]
    mark_ticks = room.mark(0)
    statements = room.views.journal.statement(room.core, 1)
    seen: set[str] = set()
    for account, statement in enumerate(statements):
        lots = gained_micros = fee_micros = 0
        for fill in trades(room, account):
            seen |= {str(fill.get(word)) for word in ("origin", "correction")}
            seen |= {word for word in ("liquidation", "block_trade_id") if word in fill}
            if fill.get("correction") in ("busted", "given_up"):
                continue
            signed = fill["amount"] * (1 if fill["direction"] == "buy" else -1)
            price_ticks = round(fill["price"] * 10**6 / spec.tick_micros)
            lots += signed
            gained_micros += signed * (mark_ticks - price_ticks) * spec.tick_value_micros
            fee_micros += round(fill["fee"] * 10**6)
        posted: Counter[PostingKind] = Counter()
        for posting in statement.postings:
            posted[posting.kind] += posting.amount_micros
        assert lots == int(room.core.position(account, 0)[at.POSITION_LOTS])
        assert lots == sum(held.lots for held in statement.positions)
        assert gained_micros == posted[PostingKind.VARIATION] + posted[PostingKind.CORRECTION]
        assert fee_micros == -posted[PostingKind.FEE]
        assert statement.opening_micros + sum(posted.values()) == statement.closing_micros
        summary = room.call(account, "private/get_account_summary", currency="USD")
        assert round(summary["equity"] * 10**6) == statement.closing_micros
        logged = room.call(
            account,
            "private/get_transaction_log",
            currency="any",
            start_timestamp=0,
            end_timestamp=32_503_708_800_000,
            query="trade",
            count=1000,
        )["logs"]
        changed = sum(round(line["commission"] * 10**6) for line in logged)
        assert changed >= fee_micros - sum(
            round(fill["fee"] * 10**6) for fill in trades(room, account) if "origin" in fill
        )
    assert {"busted", "adjusted", "given_up", "give_up", "auto_deleveraging"} <= seen
    assert {"liquidation", "block_trade_id"} <= seen
