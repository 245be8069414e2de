"""Who may call what."""

from __future__ import annotations

import pytest

from exchange.gateway.auth import Identity
from exchange.gateway.dispatch import authorise
from exchange.gateway.errors import RpcError
from exchange.gateway.keys import Key
from exchange.gateway.scopes import granted

KEY = Key("K", "S", "alice", ("trade:read",), "", 0)


def identity(*scopes: str) -> Identity:
    return Identity(KEY, 0, granted(scopes), 100)


@pytest.mark.parametrize(
    ("who", "scope", "now_ns", "code"),
    [
        (None, "trade:read", 0, 10000),
        (identity("trade:read"), "trade:read_write", 0, 13021),
        (identity("account:read_write"), "trade:read", 0, 13021),
        (identity(), "trade:read", 0, 13021),
        (identity("trade:read"), "trade:read", 100, 13009),
    ],
)
def test_who_may_not_is_told_why(who: Identity | None, scope: str, now_ns: int, code: int) -> None:
    with pytest.raises(RpcError) as raised:
        authorise(who, scope, now_ns)
    assert raised.value.code == code


def test_who_may_may() -> None:
    who = identity("trade:read_write")
    assert authorise(who, "trade:read", 99) is who
    assert authorise(who, "trade:read_write", 99) is who
