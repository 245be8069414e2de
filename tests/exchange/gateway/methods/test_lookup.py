"""Names in requests against what is listed."""

from __future__ import annotations

from typing import Any

import pytest

from exchange.gateway.errors import RpcError
from exchange.gateway.methods.lookup import (
    family_of,
    instrument_named,
    instrument_numbered,
    instruments_of,
    open_order,
    own_order,
)
from exchange.gateway.rpc import Context
from tests.exchange.gateway.methods.desk import ALICE, BOB, FAR, NEAR, PERPETUAL, Desk


def test_names_numbers_and_families(desk: Desk) -> None:
    venue: Any = desk
    for number, name in enumerate((NEAR, FAR, PERPETUAL)):
        assert instrument_named(venue, name).instrument_id == number
        assert instrument_numbered(venue, number).name == name
        assert desk.core.instrument_numbers[name] == number
    assert [family_of(venue, word) for word in ("USD", "any", "GPU1")] == [None, None, "GPU1"]
    assert [i.name for i in instruments_of(venue, "GPU1")] == [NEAR, FAR]
    with pytest.raises(RpcError):
        family_of(venue, "usd")


def test_orders_by_the_dialects_ids(desk: Desk) -> None:
    text = desk.buy(ALICE, 1, 2.7)["order_id"]
    mine = Context(None, desk, ALICE, None, 0)  # type: ignore[arg-type]
    theirs = Context(None, desk, BOB, None, 0)  # type: ignore[arg-type]
    assert own_order(mine, text) is open_order(mine, text)
    assert own_order(mine, text).order_id == int(text.split("-")[1])
    for context, order_id in ((theirs, text), (mine, f"H100{text[4:]}"), (mine, f"{text}²")):
        with pytest.raises(RpcError) as raised:
            own_order(context, order_id)
        assert raised.value.code == 10004
