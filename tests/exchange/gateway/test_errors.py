"""The table of errors against what ccxt, a client of the dialect, makes of each code."""

from __future__ import annotations

import inspect
import re

import ccxt
import pytest

from exchange.gateway import errors
from exchange.gateway.errors import CODES, ERRORS, RpcError

UNKNOWN_TO_CCXT = {-32600, 13888}
"""JSON-RPC's own code for what is no request, and Deribit's timed_out."""


def test_ccxt_knows_every_code() -> None:
    known = ccxt.deribit().exceptions
    assert {str(code) for code in ERRORS.keys() - UNKNOWN_TO_CCXT} <= known.keys()
    source = inspect.getsource(ccxt.deribit)
    published = dict(re.findall(r"'(\d{5})': \w+,  # '(\w+)", source))
    named = {code: name for code, name in ERRORS.items() if str(code) in published}
    assert len(named) > 30
    differing = {c: (n, published[str(c)]) for c, n in named.items() if published[str(c)] != n}
    # ccxt describes this one in words.
    differing.pop(11054, None)
    assert differing == {}


def test_ccxt_raises_the_exception_that_the_protocol_names() -> None:
    known = ccxt.deribit().exceptions
    assert known[str(errors.authorization_required("").code)] is ccxt.AuthenticationError
    assert known[str(errors.invalid_credentials("", "").code)] is ccxt.AuthenticationError
    assert known[str(errors.unauthorized("").code)] is ccxt.AuthenticationError
    assert known[str(errors.forbidden("").code)] is ccxt.PermissionDenied
    assert known[str(errors.too_many_requests("", 1).code)] is ccxt.DDoSProtection
    assert known[str(errors.matching_engine_queue_full().code)] is ccxt.DDoSProtection
    assert known[str(errors.invalid_params("", "").code)] is ccxt.BadRequest
    assert known[str(errors.system_maintenance("").code)] is ccxt.OnMaintenance


def test_messages_name_one_code_each() -> None:
    assert len(CODES) == len(ERRORS)
    assert {ERRORS[code] for code in CODES.values()} == set(CODES)


def test_an_error_carries_param_reason_and_figures() -> None:
    error = RpcError.named("price_too_high", "above the band", "price", limit=2.75)
    assert (error.code, error.message) == (10007, "price_too_high")
    assert error.data == {"reason": "above the band", "param": "price", "limit": 2.75}
    assert RpcError(10001).data == {}


def test_a_name_outside_the_table_is_a_mistake_of_ours() -> None:
    with pytest.raises(KeyError):
        RpcError.named("no_such_error")
    with pytest.raises(KeyError):
        RpcError(4711)


def test_an_unknown_method_is_not_repeated_at_length() -> None:
    reason = errors.method_not_found("x" * 100_000).data["reason"]
    assert isinstance(reason, str)
    assert len(reason) < 200
