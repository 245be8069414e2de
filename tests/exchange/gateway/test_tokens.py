"""Tokens: their life from issue to expiry, renewal, revocation; their number is bounded."""

from __future__ import annotations

from typing import Any, cast

from exchange.gateway.keys import Key
from exchange.gateway.scopes import Wish, parse_wish
from exchange.gateway.tokens import MAX_EXPIRES_S, NS_PER_S, TokenStore

KEY = Key("K", "S", "alice", ("account:read", "trade:read_write"), "", 0)
OTHER = Key("L", "T", "bob", ("trade:read",), "", 0)
ANY = Wish(None, "mine", None)


def test_a_token_stands_for_the_key_until_it_expires() -> None:
    store = TokenStore(8)
    tokens = store.issue(KEY, parse_wish("session:a expires:10"), None, 0)
    grant = store.find(tokens.access_token, 10 * NS_PER_S - 1)
    assert grant is tokens.grant
    assert grant.key is KEY
    assert grant.allowed == {"account:read", "trade:read", "trade:read_write"}
    assert store.find(tokens.access_token, 10 * NS_PER_S) is None
    assert store.find(tokens.refresh_token, 0) is None
    assert store.find("", 0) is None


def test_no_token_lives_longer_than_the_bound() -> None:
    tokens = TokenStore(8).issue(KEY, parse_wish("expires:999999999"), None, 0)
    assert tokens.grant.expires_ns == MAX_EXPIRES_S * NS_PER_S


def test_a_refresh_token_serves_once_and_ends_the_former_token() -> None:
    store = TokenStore(8)
    first = store.issue(KEY, parse_wish("session:a expires:10 trade:read"), None, 0)
    second = store.renew(first.refresh_token, None, 20 * NS_PER_S)
    assert second is not None
    assert second.grant.scopes == ("trade:read",)
    assert second.grant.session_name == "a"
    assert store.find(second.access_token, 20 * NS_PER_S) is second.grant
    assert store.renew(first.refresh_token, None, 20 * NS_PER_S) is None
    assert store.find(first.access_token, 0) is None
    assert store.renew(second.access_token, None, 0) is None
    late_ns = 20 * NS_PER_S + MAX_EXPIRES_S * NS_PER_S
    assert store.renew(second.refresh_token, None, late_ns) is None
    assert len(store) == 0


def test_a_connections_token_ends_with_it() -> None:
    store = TokenStore(8)
    session, another = cast(Any, object()), cast(Any, object())
    own = store.issue(KEY, parse_wish(""), session, 0)
    named = store.issue(KEY, parse_wish("session:a"), session, 0)
    assert own.grant.session is session
    assert named.grant.session is None
    assert store.renew(own.refresh_token, another, 0) is None
    store.end_session(session)
    assert store.find(own.access_token, 0) is None
    assert store.find(named.access_token, 0) is named.grant


def test_a_keys_tokens_end_together() -> None:
    store = TokenStore(8)
    mine = [store.issue(KEY, ANY, None, 0) for _ in range(3)]
    other = store.issue(OTHER, ANY, None, 0)
    store.end_key("K")
    store.end_key("nobody")
    assert [store.find(tokens.access_token, 0) for tokens in mine] == [None] * 3
    assert [store.renew(tokens.refresh_token, None, 0) for tokens in mine] == [None] * 3
    assert store.find(other.access_token, 0) is other.grant


def test_one_more_than_the_bound_ends_the_oldest() -> None:
    for bound in (1, 3):
        store = TokenStore(bound)
        issued = [store.issue(KEY, ANY, None, 0) for _ in range(bound + 2)]
        other = store.issue(OTHER, ANY, None, 0)
        alive = [store.find(tokens.access_token, 0) is not None for tokens in issued]
        assert alive == [False, False] + [True] * bound
        assert store.find(other.access_token, 0) is not None
        assert len(store) == bound + 1


def test_tokens_cannot_be_guessed() -> None:
    store = TokenStore(200)
    issued = [store.issue(KEY, ANY, None, 0) for _ in range(100)]
    texts = {t.access_token for t in issued} | {t.refresh_token for t in issued}
    assert len(texts) == 200
    assert min(map(len, texts)) >= 43
