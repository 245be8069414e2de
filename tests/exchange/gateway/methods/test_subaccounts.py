"""Subaccounts as their firm sees them."""

from __future__ import annotations

from exchange.core.commands import Command
from exchange.core.layout import CommandKind
from tests.exchange.gateway.methods.desk import ALICE, BOB, Desk


def test_a_firm_sees_what_belongs_to_it(desk: Desk) -> None:
    first = len(desk.core.account_names)
    for name, parent in (("bob.desk", BOB), ("bob.desk.one", first)):
        desk.apply(
            [
                Command(
                    CommandKind.OPEN_ACCOUNT,
                    instrument=parent,
                    qty_lots=10,
                    amount_micros=5_000_000,
                    text=name,
                )
            ]
        )
    found = desk.call(BOB, "private/get_subaccounts", with_portfolio=True)
    assert [(each["username"], each["type"], each["parent_id"]) for each in found] == [
        ("bob", "main", None),
        ("bob.desk", "subaccount", BOB),
        ("bob.desk.one", "subaccount", first),
    ]
    assert found[1]["portfolio"]["usd"]["equity"] == 5.0
    own = desk.call(BOB, "private/get_account_summary", currency="USD")
    assert found[0]["portfolio"]["usd"].items() <= own.items()
    (other,) = desk.call(ALICE, "private/get_subaccounts")
    assert (other["username"], "portfolio" in other) == ("alice", False)
    assert len(desk.call(first, "private/get_subaccounts")) == 2
