"""Error answers become the right exceptions, and say what and where."""

from __future__ import annotations

import pytest

from clients import errors
from exchange.core.layout import Reason
from exchange.gateway.errors import ERRORS
from exchange.gateway.methods.reasons import REFUSALS, refused


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (10000, errors.AuthenticationError),
        (13009, errors.AuthenticationError),
        (10004, errors.OrderNotFound),
        (10007, errors.PriceOutOfBand),
        (10009, errors.NotEnoughFunds),
        (10012, errors.BookClosed),
        (10028, errors.TooManyRequests),
        (11054, errors.PostOnlyRejected),
        (-32601, errors.MethodNotFound),
        (-32602, errors.InvalidParams),
    ],
)
def test_codes_have_types(code: int, kind: type[errors.RpcError]) -> None:
    assert code in ERRORS
    error = errors.rpc_error(code, ERRORS[code], {"param": "price", "reason": "off tick"})
    assert type(error) is kind
    assert (error.param, error.reason) == ("price", "off tick")
    assert str(error) == f"{ERRORS[code]} ({code}) [price]: off tick"


def test_every_code_of_ours_is_one_of_the_exchange() -> None:
    assert set(errors.BY_CODE) - set(ERRORS) == set()


def test_the_exchanges_own_refusals_are_typed_and_only_one_is_about_the_label() -> None:
    kinds = {}
    for reason in REFUSALS:
        written = refused(reason)
        kinds[reason] = type(errors.rpc_error(written.code, written.message, written.data))
    duplicates = [reason for reason, kind in kinds.items() if kind is errors.DuplicateLabel]
    assert duplicates == [Reason.DUPLICATE_LABEL]
    assert kinds[Reason.INSUFFICIENT_MARGIN] is errors.NotEnoughFunds
    assert kinds[Reason.POST_ONLY_WOULD_TRADE] is errors.PostOnlyRejected
    assert kinds[Reason.UNKNOWN_ORDER] is errors.OrderNotFound


def test_unknown_codes_and_shapes_still_make_an_error() -> None:
    error = errors.rpc_error(424242, "new_error", "text")
    assert type(error) is errors.RpcError
    assert (error.reason, error.param, error.data) == ("new_error", None, {})
