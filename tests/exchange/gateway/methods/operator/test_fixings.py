"""An operator publishes and restates fixings, with who and why in front."""

from __future__ import annotations

from typing import Any

import pytest

from tests.exchange.gateway.methods.operator.control_room import ControlRoom

FIXING: dict[str, Any] = {"index_name": "h100_usd", "day": "2026-11-02", "price": "2.9"}
DAY = 20_759


def test_a_fixing_is_published_then_restated(room: ControlRoom) -> None:
    result = room.do("publish_fixing", **FIXING)
    assert (result["version"], result["price"], result["former_price"]) == (1, 2.9, None)
    result = room.do("publish_fixing", **{**FIXING, "price": "2.91", "version": 2})
    assert (result["version"], result["price"], result["former_price"]) == (2, 2.91, 2.9)
    assert room.core.fixings["h100_usd", DAY] == (2_910_000, 2)
    newest = room.look("list_actions")["actions"][0]
    assert (newest["method"], newest["commands"]) == ("operator/publish_fixing", 1)


@pytest.mark.parametrize(
    ("changes", "code", "param"),
    [
        ({"version": 1}, -32602, "version"),
        ({"version": 3}, -32602, "version"),
        ({"version": 0}, -32602, None),
        ({"price": 0, "version": 2}, -32602, "price"),
        ({"price": "1e30", "version": 2}, -32602, "price"),
        ({"price": 29, "version": 2}, 10011, "price"),
        ({"day": "2026-02-30"}, -32602, "day"),
        ({"index_name": ""}, -32602, None),
    ],
)
def test_a_wrong_one_changes_nothing(
    room: ControlRoom, changes: dict[str, Any], code: int, param: str | None
) -> None:
    room.do("publish_fixing", **FIXING)
    refused = room.refused("publish_fixing", **{**FIXING, **changes})
    assert refused["code"] == code
    if param is not None:
        assert refused["param"] == param
    assert room.core.fixings == {("h100_usd", DAY): (2_900_000, 1)}
    if code == 10011:
        room.do("publish_fixing", **{**FIXING, **changes}, force=True)
