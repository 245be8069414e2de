"""Summaries and positions, each account's own."""

from __future__ import annotations

from exchange.core.commands import Command
from exchange.core.layout import CommandKind
from tests.exchange.gateway.methods.desk import ALICE, BOB, CAROL, NEAR, PERPETUAL, Desk, refusal


def test_summary_and_summaries_agree(desk: Desk) -> None:
    desk.sell(ALICE, 10, 2.8)
    desk.buy(BOB, 10, 2.8)
    summary = desk.call(BOB, "private/get_account_summary", currency="USD")
    assert summary["equity"] == 50_000_000 - 55
    assert summary["available_funds"] == summary["equity"] - 0.2 * 2.8 * 730 * 10
    assert "username" not in summary
    everything = desk.call(BOB, "private/get_account_summaries")
    assert everything["summaries"] == [summary]
    assert everything["username"] == "bob"
    extended = desk.call(BOB, "private/get_account_summary", currency="USD", extended=True)
    assert extended == {**summary, **{k: v for k, v in everything.items() if k != "summaries"}}


def test_accounts_are_kept_in_usd(desk: Desk) -> None:
    told = refusal(desk, BOB, "private/get_account_summary", currency="GPU1")
    assert told == (-32602, "currency", "invalid currency; accounts are kept in USD")


def test_positions(desk: Desk) -> None:
    desk.apply([Command(CommandKind.PRINT_INDEX, amount_micros=2_810_000, text="h100_broad")])
    for name in (NEAR, PERPETUAL):
        desk.sell(ALICE, 4, 2.8, instrument_name=name)
        desk.buy(BOB, 4, 2.8, instrument_name=name)
    held = desk.call(ALICE, "private/get_positions")
    assert [(p["instrument_name"], p["size"], p["direction"]) for p in held] == [
        (NEAR, -4, "sell"),
        (PERPETUAL, -4, "sell"),
    ]
    assert [p["index_price"] for p in held] == [2.81, 2.8]
    assert desk.call(ALICE, "private/get_positions", currency="H100") == held[1:]
    assert desk.call(ALICE, "private/get_positions", currency="USD", kind="future") == held
    assert desk.call(ALICE, "private/get_positions", kind="option") == []
    assert desk.call(CAROL, "private/get_positions", currency="any") == []
    one = desk.call(BOB, "private/get_position", instrument_name=NEAR)
    assert (one["size"], one["direction"], one["average_price"]) == (4, "buy", 2.8)
    flat = desk.call(CAROL, "private/get_position", instrument_name=NEAR)
    assert (flat["size"], flat["direction"]) == (0, "zero")
    assert refusal(desk, CAROL, "private/get_position", instrument_name="NONE")[0] == 13020
    assert refusal(desk, CAROL, "private/get_positions", currency="BTC")[0] == -32602
