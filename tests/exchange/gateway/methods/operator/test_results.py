"""The fields that docs/protocol/operator.md promises in each answer, against real answers."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import msgspec
import pytest

from exchange.core.commands import Command
from exchange.core.layout import CommandKind
from tests.exchange.gateway.methods.desk import ALICE, BOB, FAR, NEAR, PERPETUAL
from tests.exchange.gateway.methods.operator.control_room import WHY, ControlRoom
from tests.exchange.views.market_flow import spec

FIELD = re.compile(r"`([a-z_]+)`")
WORDS = {"sound", "called", "closing_out", "pre_open"}
"""Set like fields, but values."""


@pytest.fixture(scope="module")
def promised(checkout: Path) -> dict[str, set[str]]:
    """Method -> the names in its ``Result:``."""
    page = (checkout / "docs" / "protocol" / "operator.md").read_text(encoding="utf-8")
    sections = page.split("\n## ")[1:]
    return {
        section.partition("\n")[0].strip("`"): set(
            FIELD.findall(section.partition("\nResult: ")[2])
        )
        - WORDS
        for section in sections
    }


def names(answer: Any) -> set[str]:
    """Field names of an answer and of the rows in it; not of what is free (params, the venue's status)."""
    found = set()
    for name, value in answer.items():
        found.add(name)
        if isinstance(value, list):
            found |= {inner for row in value if isinstance(row, dict) for inner in row}
    return found


def large(room: ControlRoom) -> Any:
    """What is shown of the one lot that alice and bob have, where one lot is reportable."""
    number = room.core.instrument_numbers[FAR]
    terms = msgspec.structs.replace(room.core.specs[number], reportable_lots=1)
    room.core.specs[number] = terms
    shown = room.look("list_large_positions")
    assert [(row["account"], row["size"]) for row in shown["positions"]] == [
        ("alice", 1),
        ("bob", -1),
    ]
    assert room.look("list_large_positions", accountable=True)["positions"] == []
    return shown


def clearing(room: ControlRoom) -> dict[str, list[Any]]:
    """Answers of the methods that enter, move and undo trades, and of those that bar accounts."""
    room.do("open_account", name="desk", belongs_to="alice")
    terms = {"instrument_name": PERPETUAL, "amount": 2, "price": 2.8}
    block = room.do("block_trade", buyer="alice", seller="bob", **terms)
    trade = {"trade_id": block["trade_id"]}
    return {
        "block_trade": [block],
        "adjust": [room.do("adjust", price=2.81, **trade)],
        "give_up": [room.do("give_up", account="alice", to_account="carol", **trade)],
        "bust": [room.do("bust", **trade)],
        "move": [room.do("move", account="alice", to_account="desk", amount=1)],
        "restrict": [room.do("restrict", account="carol", currency="any")],
        "stop_trading": [room.do("stop_trading", firm="alice")],
        "resume_trading": [room.do("resume_trading", everyone=True)],
        "set_position_limit": [room.do("set_position_limit", instrument_name=NEAR, limit=5)],
    }


def default(room: ControlRoom) -> dict[str, list[Any]]:
    """Answers of the methods of default management, of one that runs, one of a contributor."""
    said = {
        "set_margin_terms": [room.do("set_margin_terms", call_s=60)],
        "fund_layer": [room.do("fund_layer", layer="default_fund", account="carol", amount=10)],
    }
    room.do("open_account", name="thin", deposit=50_000)
    terms = {"instrument_name": NEAR, "amount": 100, "price": 2.8}
    room.do("block_trade", buyer="thin", seller="bob", **terms)
    room.do("set_mark", instrument_name=NEAR, move_percent=-15)
    room.buy(ALICE, 1, 2.37)
    said["close_out"] = [room.do("close_out", account="thin", force=True)]
    shown = room.look("get_waterfall", deals=True)
    (only,) = shown["defaults"]
    said["get_waterfall"] = [shown, only]
    return said


def answers(room: ControlRoom) -> dict[str, list[Any]]:
    """Answers of every method, with every optional field in at least one."""
    room.apply([Command(CommandKind.PRINT_INDEX, amount_micros=2_800_000, text="h100_broad")])
    room.do("set_state", state="pre_open", instrument_name=FAR)
    for account, call in ((ALICE, room.buy), (BOB, room.sell)):
        call(account, 1, 2.8, instrument_name=FAR)
    later = msgspec.to_builtins(spec("GPU1-29JAN27", months=3))
    said = {
        "set_state": [room.do("set_state", state="open", currency="GPU1")],
        "set_mark": [room.do("set_mark", instrument_name=NEAR, price=2.7)],
        "print_index": [room.do("print_index", index_name="h100_broad", price=2.7)],
        "fund": [room.do("fund", instrument_name=PERPETUAL, payment=0.01)],
        "publish_fixing": [
            room.do("publish_fixing", index_name="h100_usd", day="2026-11-02", price=2.9)
        ],
        "list_instrument": [room.do("list_instrument", spec=later)],
        "open_account": [room.do("open_account", name="dave")],
        "transfer": [room.do("transfer", account="dave", amount=5)],
        "set_account_limits": [room.do("set_account_limits", account="dave", max_orders=5)],
        **default(room),
        **clearing(room),
        "day_roll": [room.do("day_roll", day="2026-09-21")],
        "settle": [room.do("settle", instrument_name=NEAR, price=2.7, force=True)],
        "status": [room.look("status")],
        "list_accounts": [room.look("list_accounts")],
        "list_large_positions": [large(room)],
        "list_actions": [room.look("list_actions")],
    }
    room.ts_ns = room.core.specs[1].expiry_ns
    room.do("set_state", state="halted", currency="any")
    said["set_state"].append(room.do("set_state", state="open", currency="any"))
    return {f"operator/{name}": found for name, found in said.items()}


def test_every_answer_has_the_fields_of_its_page(
    room: ControlRoom, promised: dict[str, set[str]]
) -> None:
    found = answers(room)
    # The specification's own table and observations' answer are compared elsewhere, a bulk mark is never
    # refused here.
    elsewhere = {"operator/get_specification", "operator/report_observations"}
    assert promised.keys() - found.keys() == elsewhere
    for bulk in ("operator/set_mark", "operator/restrict"):
        promised[bulk] -= {"refused"}
    for name, given in found.items():
        assert set().union(*map(names, given)) == promised[name], name
    assert WHY in {one["reason"] for one in found["operator/list_actions"][0]["actions"]}
