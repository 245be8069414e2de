"""From a message to levels: each instrument once, in order, and nothing that contradicts itself."""

from __future__ import annotations

from typing import Any

import pytest

from exchange.core.commands import Command, Conditions
from exchange.core.layout import CommandKind, Instruction
from exchange.gateway.rpc import Sequenced
from tests.exchange.gateway.methods.desk import ALICE, FAR, NEAR, PERPETUAL, Desk, refusal

POST = {"post_only": True}
REJECT = {"post_only": True, "reject_post_only": True}


def side(price: float, amount: float = 1, **more: Any) -> dict[str, Any]:
    return {"price": price, "amount": amount, **more}


def quote(name: str = NEAR, **sides: dict[str, Any]) -> dict[str, Any]:
    return {"instrument_name": name, **sides}


def asked(desk: Desk, *quotes: dict[str, Any], **params: Any) -> list[Command]:
    sequenced = desk.ask(ALICE, "private/mass_quote", {"quotes": list(quotes), **params})
    assert isinstance(sequenced, Sequenced)
    return sequenced.commands


def test_an_instrument_s_levels_follow_its_command_wherever_they_stand(desk: Desk) -> None:
    commands = asked(
        desk,
        quote(FAR, bid=side(2.7, 3)),
        quote(NEAR, ask=side(2.9, 4), bid=side(2.8, 5)),
        quote(FAR, ask=side(2.95, 6)),
    )
    kinds = [CommandKind(command.kind).name for command in commands]
    assert kinds == ["MASS_QUOTE", "LINKED", "LINKED"] * 2
    assert [command.instrument for command in commands] == [1, 1, 1, 0, 0, 0]
    assert [command.qty_lots for command in commands] == [2, 0, 0] * 2
    assert {command.account for command in commands} == {ALICE}
    assert [command.conditions for command in commands if command.kind == CommandKind.LINKED] == [
        Conditions(terms=0, price_ticks=270, qty_lots=3),
        Conditions(terms=1, price_ticks=295, qty_lots=6),
        Conditions(terms=0, price_ticks=280, qty_lots=5),
        Conditions(terms=1, price_ticks=290, qty_lots=4),
    ]


@pytest.mark.parametrize(
    ("sides", "params", "instructions"),
    [
        ({"bid": side(2.7)}, {}, 0),
        ({"bid": side(2.7, **POST)}, {}, Instruction.POST_ONLY | Instruction.REPRICE),
        ({"bid": side(2.7, **REJECT)}, {}, Instruction.POST_ONLY),
        ({"bid": side(2.7)}, {"mmp_group": "default"}, Instruction.PROTECTED),
        ({}, {"mmp_group": "default"}, 0),
    ],
)
def test_what_quotes_ask_for_stands_in_the_command(
    desk: Desk, sides: dict[str, Any], params: dict[str, Any], instructions: int
) -> None:
    first, *_ = asked(desk, quote(**sides), **params)
    assert first.instructions == instructions


def faults() -> list[tuple[list[dict[str, Any]], str, str]]:
    one = quote(bid=side(2.7))
    return [
        ([one, quote(bid=side(2.7))], "quotes[1].bid.price", "is the price of quotes[0].bid, too"),
        ([one, quote(ask=side(2.7))], "quotes[1].ask.price", "would trade with quotes[0].bid"),
        ([quote(bid=side(2.8), ask=side(2.7))], "quotes[0].ask.price", "would trade with"),
        (
            [quote(ask=side(2.7)), quote(FAR, bid=side(2.8)), quote(bid=side(2.7))],
            "quotes[2].bid.price",
            "would trade with quotes[0].ask",
        ),
        ([quote(bid=side(2.705))], "quotes[0].bid.price", "multiple"),
        ([quote(bid=side(2.7, 1.5))], "quotes[0].bid.amount", "whole number"),
        ([one, quote(ask=side(2.9, **POST))], "quotes[1].ask.post_only", "as in quotes[0].bid"),
        (
            [quote(bid=side(2.7, reject_post_only=True))],
            "quotes[0].bid.reject_post_only",
            "only with post_only",
        ),
        (
            [quote(PERPETUAL, bid=side(i / 1000), ask=side(3 + i / 1000)) for i in range(1, 34)],
            "quotes[32].bid",
            "beyond the 64 levels",
        ),
    ]


@pytest.mark.parametrize(("quotes", "param", "reason"), faults())
def test_what_contradicts_itself_is_refused_as_a_whole(
    desk: Desk, quotes: list[dict[str, Any]], param: str, reason: str
) -> None:
    code, named, said = refusal(desk, ALICE, "private/mass_quote", quotes=quotes)
    assert (code, named) == (-32602, param)
    assert reason in said


def test_amounts_below_one_instruments_and_groups_that_are_none(desk: Desk) -> None:
    told = refusal(desk, ALICE, "private/mass_quote", quotes=[quote(bid=side(2.7, 0))])
    assert told[:2] == (10002, "quotes[0].bid.amount")
    quotes = [quote(bid=side(2.7)), quote("GPU9", bid=side(2.7))]
    told = refusal(desk, ALICE, "private/mass_quote", quotes=quotes)
    assert told[:2] == (13020, "quotes[1].instrument_name")
    told = refusal(desk, ALICE, "private/mass_quote", quotes=quotes, mmp_group="mine")
    assert told == (-32602, "mmp_group", "offered: default")
