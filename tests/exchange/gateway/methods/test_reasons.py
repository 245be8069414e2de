"""Every reason of the core has its place on the wire."""

from __future__ import annotations

import ccxt
import pytest

from exchange.core.layout import ACCOUNT_MAX_ORDERS, Reason
from exchange.gateway.errors import CODES, RpcError
from exchange.gateway.methods.reasons import CANCEL_REASONS, CANCEL_WORDS, REFUSALS, refused
from tests.exchange.gateway.methods.desk import ALICE, NEAR, Desk


def test_every_reason_is_a_refusal_or_ends_an_order() -> None:
    assert {*REFUSALS, *CANCEL_REASONS, Reason.NONE} == set(Reason)
    assert not REFUSALS.keys() & CANCEL_REASONS.keys()
    assert CANCEL_WORDS.keys() == {*REFUSALS, *CANCEL_REASONS}


@pytest.mark.parametrize("reason", sorted(REFUSALS))
def test_a_refusal_has_code_param_and_reason(reason: int) -> None:
    error = refused(reason)
    assert error.code == CODES[REFUSALS[reason].message]
    assert set(error.data) == {"param", "reason"}


@pytest.mark.parametrize(
    ("reason", "code", "exception"),
    [
        (Reason.INSUFFICIENT_MARGIN, 10009, ccxt.InsufficientFunds),
        (Reason.UNKNOWN_ORDER, 10004, ccxt.OrderNotFound),
        (Reason.PRICE_BELOW_BAND, 10005, ccxt.InvalidOrder),
        (Reason.PRICE_ABOVE_BAND, 10007, ccxt.InvalidOrder),
        (Reason.INSTRUMENT_NOT_OPEN, 10012, ccxt.InvalidOrder),
        (Reason.INVALID_QTY, -32602, ccxt.BadRequest),
        (Reason.QTY_ABOVE_MAXIMUM, 10021, ccxt.InvalidOrder),
        (Reason.BOOK_FULL, 10047, ccxt.DDoSProtection),
        (Reason.DUPLICATE_LABEL, 11030, ccxt.ExchangeError),
    ],
)
def test_ccxt_raises_the_right_exception(
    reason: Reason, code: int, exception: type[Exception]
) -> None:
    assert refused(reason).code == code
    assert ccxt.deribit().exceptions[str(code)] is exception


@pytest.mark.parametrize(
    ("more", "limit"),
    [
        ({"price": 2.51}, 2.52),
        ({"price": 3.09}, 3.08),
        ({"amount": 5_001}, 5_000),
    ],
)
def test_a_limit_that_was_passed_is_told_and_holds(
    desk: Desk, more: dict[str, float], limit: float
) -> None:
    """The band is 10 % around the first mark of $2.80."""
    asked = {"instrument_name": NEAR, "amount": 1, "price": 2.8}
    side = "private/sell" if limit == 2.52 else "private/buy"
    with pytest.raises(RpcError) as raised:
        desk.call(ALICE, side, **{**asked, **more})
    assert raised.value.data["limit"] == limit
    assert str(limit) in str(raised.value.data["reason"])
    [param] = more
    order = desk.call(ALICE, side, **{**asked, param: limit})["order"]
    assert order[param] == limit


def test_the_most_open_orders_are_told(desk: Desk) -> None:
    desk.core.accounts[ALICE, ACCOUNT_MAX_ORDERS] = 2
    for _ in range(2):
        desk.buy(ALICE, 1, 2.7)
    with pytest.raises(RpcError) as raised:
        desk.buy(ALICE, 1, 2.7)
    assert (raised.value.code, raised.value.data["limit"]) == (10013, 2)
