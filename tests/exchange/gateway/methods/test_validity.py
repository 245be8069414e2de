"""valid_until: what comes at that time or later is refused, and nothing else."""

from __future__ import annotations

import pytest

from exchange.gateway.errors import RpcError
from exchange.gateway.methods.validity import check_valid_until
from exchange.gateway.rpc import Context
from tests.exchange.gateway.methods.desk import ALICE, NEAR, Desk, refusal


@pytest.mark.parametrize(
    ("valid_until", "refused"), [(None, False), (999, True), (1000, True), (1001, False)]
)
def test_the_time_of_the_request_counts(desk: Desk, valid_until: int | None, refused: bool) -> None:
    context = Context(None, desk, ALICE, None, 1_000_000_000)  # type: ignore[arg-type]
    if not refused:
        check_valid_until(context, valid_until)
        return
    with pytest.raises(RpcError) as raised:
        check_valid_until(context, valid_until)
    assert raised.value.code == 13888


def test_a_late_order_is_not_placed(desk: Desk) -> None:
    asked = {"instrument_name": NEAR, "amount": 1, "price": 2.7}
    now_ms = desk.ts_ns // 1_000_000
    told = refusal(desk, ALICE, "private/buy", valid_until=now_ms, **asked)
    assert told[:2] == (13888, "valid_until")
    desk.call(ALICE, "private/buy", valid_until=now_ms + 1000, **asked)
