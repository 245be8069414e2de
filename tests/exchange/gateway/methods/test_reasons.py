"""Every reason of the core has its place on the wire."""

from __future__ import annotations

import ccxt
import pytest

from exchange.core.layout import Reason
from exchange.gateway.errors import CODES
from exchange.gateway.methods.reasons import CANCEL_REASONS, REFUSALS, refused


def test_every_reason_is_a_refusal_or_ends_an_order() -> None:
    assert {*REFUSALS, *CANCEL_REASONS, Reason.NONE} == set(Reason)
    assert not REFUSALS.keys() & CANCEL_REASONS.keys()


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
