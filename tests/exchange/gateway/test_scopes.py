"""Scopes as the Deribit API describes them."""

from __future__ import annotations

import pytest

from exchange.gateway.errors import RpcError
from exchange.gateway.scopes import ScopeError, checked, granted, is_operators, narrowed, parse_wish


def test_read_write_includes_read_and_none_nothing() -> None:
    assert granted(["trade:read_write"]) == {"trade:read", "trade:read_write"}
    assert granted(["trade:read", "wallet:none"]) == {"trade:read"}
    assert granted([]) == frozenset()


@pytest.mark.parametrize("scope", ["trade", "trade:write", "fly:read", "", "trade:read:x", ":read"])
def test_scopes_that_do_not_exist_are_refused(scope: str) -> None:
    with pytest.raises(ScopeError, match="no scope"):
        checked([scope])
    assert checked(["wallet:read", "trade:read", "trade:read"]) == ("trade:read", "wallet:read")


def test_an_operators_scopes_are_told_apart() -> None:
    assert is_operators(["operator:read"])
    assert is_operators(["operator:read_write", "operator:read"])
    assert not is_operators(["operator:read", "trade:read"])
    assert not is_operators(["trade:read"])
    assert not is_operators([])
    assert granted(["operator:read_write"]) == {"operator:read", "operator:read_write"}


def test_a_wish_names_scopes_session_and_expiry() -> None:
    wish = parse_wish("session:apiconsole expires:3600 trade:read mainaccount")
    assert wish == (("trade:read",), "apiconsole", 3600)
    assert parse_wish("connection") == (None, None, None)
    assert parse_wish("") == (None, None, None)


@pytest.mark.parametrize(
    "text", ["expires:0", "expires:-1", "expires:x", "expires:9999999999", "session:", "fly:read"]
)
def test_wrong_wishes_are_refused(text: str) -> None:
    with pytest.raises(RpcError) as raised:
        parse_wish(text)
    assert raised.value.code == -32602
    assert raised.value.data["param"] == "scope"


def test_nobody_gets_more_than_the_key_holds() -> None:
    held = ("account:read", "trade:read_write")
    assert narrowed(None, held) == held
    assert narrowed(("trade:read",), held) == ("trade:read",)
    assert narrowed(("account:read_write",), held) == ("account:read",)
    assert narrowed(("wallet:read_write",), held) == ()
