"""Error answers become the right exceptions, and say what and where."""

from __future__ import annotations

import pytest

from clients import errors
from exchange.gateway.errors import ERRORS
from exchange.gateway.methods.reasons import REFUSALS


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


def test_the_exchanges_own_refusal_of_a_label_is_known_as_such() -> None:
    from exchange.core.layout import Reason

    refusal = REFUSALS[Reason.DUPLICATE_LABEL]
    data = {"param": refusal.param, "reason": refusal.reason}
    error = errors.rpc_error(refusal.code, ERRORS[refusal.code], data)
    assert type(error) is errors.DuplicateLabel
    others = [REFUSALS[reason] for reason in REFUSALS if reason != Reason.DUPLICATE_LABEL]
    assert others
    for other in others:
        data = {"param": other.param, "reason": other.reason}
        assert not isinstance(
            errors.rpc_error(other.code, ERRORS[other.code], data), errors.DuplicateLabel
        )


def test_unknown_codes_and_shapes_still_make_an_error() -> None:
    error = errors.rpc_error(424242, "new_error", "text")
    assert type(error) is errors.RpcError
    assert (error.reason, error.param, error.data) == ("new_error", None, {})
