"""Each way to authenticate, right and wrong."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from exchange.gateway import signature
from exchange.gateway.auth import Authenticator
from exchange.gateway.errors import RpcError
from exchange.gateway.keys import KeyStore
from exchange.gateway.limits import Limits

NOW_MS = 1_790_000_000_000
NOW_NS = NOW_MS * 1_000_000
TARGET = b"/api/v2/private/get_positions?currency=USD"


class Desk:
    """An authenticator with a key of alice, and one of an account that is not open."""

    def __init__(self, folder: Path) -> None:
        self.keys = KeyStore(folder / "keys.db")
        self.accounts = {"alice": 5}
        self.id, self.secret = self.keys.create("alice", ("trade:read",), created_ns=1)
        self.orphan = self.keys.create("nobody", created_ns=1)
        self.auth = Authenticator(self.keys, self.accounts, Limits())

    def header(self, ts: Any = NOW_MS, nonce: str = "n", secret: str = "", id_: str = "") -> str:
        text = signature.signed_request(str(ts), nonce, "GET", TARGET, b"")
        signed = signature.sign(secret or self.secret, text)
        return f"deri-hmac-sha256 id={id_ or self.id},ts={ts},sig={signed},nonce={nonce}"


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def refused(call: Any, *arguments: Any) -> tuple[int, Any]:
    with pytest.raises(RpcError) as raised:
        call(*arguments)
    return raised.value.code, raised.value.data.get("param")


def test_a_signed_request_is_its_keys(desk: Desk) -> None:
    identity = desk.auth.by_header(desk.header(), "GET", TARGET, b"", NOW_NS)
    assert (identity.account, identity.key.client_id) == (5, desk.id)
    assert identity.allowed == {"trade:read"}


def test_a_signature_holds_for_exactly_one_request(desk: Desk) -> None:
    call, header = desk.auth.by_header, desk.header()
    assert refused(call, header, "POST", TARGET, b"", NOW_NS) == (13004, "sig")
    assert refused(call, header, "GET", TARGET + b"&a=1", b"", NOW_NS) == (13004, "sig")
    assert refused(call, header, "GET", TARGET, b"x", NOW_NS) == (13004, "sig")
    call(header, "GET", TARGET, b"", NOW_NS)
    assert refused(call, header, "GET", TARGET, b"", NOW_NS) == (13004, "nonce")


def test_stale_foreign_and_malformed_headers_are_refused(desk: Desk) -> None:
    def header(text: str) -> tuple[int, Any]:
        return refused(desk.auth.by_header, text, "GET", TARGET, b"", NOW_NS)

    assert header(desk.header(ts=NOW_MS - 60_001)) == (13004, "timestamp")
    assert header(desk.header(ts=NOW_MS + 60_001)) == (13004, "timestamp")
    assert header(desk.header(ts="soon")) == (13004, "ts")
    assert header(desk.header(ts=2**64)) == (13004, "ts")
    assert header(desk.header(secret="guess")) == (13004, "sig")
    assert header(desk.header(id_="nobody")) == (13004, "sig")
    assert header("Basic YWxpY2U6eA==") == (13004, "Authorization")
    assert header("deri-hmac-sha256") == (13004, "Authorization")
    assert header("Bearer nothing") == (13009, None)
    orphan = desk.header(secret=desk.orphan.client_secret, id_=desk.orphan.client_id)
    assert header(orphan) == (13004, "client_id")


def test_an_operators_key_speaks_for_no_account(desk: Desk) -> None:
    """Not even for one that has its name."""
    for name in ("olivia", "alice"):
        made = desk.keys.create(name, ("operator:read_write",), created_ns=1)
        tokens = desk.auth.by_secret(*made, "", None, NOW_NS)
        identity = desk.auth.by_grant(tokens.grant)
        assert (identity.account, identity.key.account) == (-1, name)
        assert identity.allowed == {"operator:read", "operator:read_write"}
    both = desk.keys.create("alice", ("operator:read", "trade:read"), created_ns=1)
    identity = desk.auth.by_grant(desk.auth.by_secret(*both, "", None, NOW_NS).grant)
    assert identity.account == 5


def test_a_wrong_signature_uses_no_nonce_up(desk: Desk) -> None:
    refused(desk.auth.by_header, desk.header(secret="guess"), "GET", TARGET, b"", NOW_NS)
    desk.auth.by_header(desk.header(), "GET", TARGET, b"", NOW_NS)


def test_a_secret_is_exchanged_for_tokens(desk: Desk) -> None:
    tokens = desk.auth.by_secret(desk.id, desk.secret, "session:a", None, NOW_NS)
    identity = desk.auth.by_header(f"Bearer {tokens.access_token}", "GET", b"/", b"", NOW_NS)
    assert identity.account == 5
    for wrong in (("nobody", desk.secret), (desk.id, "guess"), (desk.id, ""), (desk.id, "é")):
        assert refused(desk.auth.by_secret, *wrong, "", None, NOW_NS) == (13004, "client_secret")
    assert refused(desk.auth.by_secret, *desk.orphan, "", None, NOW_NS) == (13004, "client_id")
    assert refused(desk.auth.by_secret, desk.id, desk.secret, "fly", None, NOW_NS)[0] == -32602


def test_a_signed_message_is_exchanged_for_tokens_once(desk: Desk) -> None:
    signed = signature.sign(desk.secret, signature.signed_message(str(NOW_MS), "n", "d"))

    def call(ts_ms: int, nonce: str, content: str, now_ns: int = NOW_NS) -> Any:
        arguments = (desk.id, ts_ms, nonce, content, signed, "", None, now_ns)
        return desk.auth.by_signature(*arguments)

    assert refused(call, NOW_MS, "n", "e") == (13004, "signature")
    assert refused(call, NOW_MS + 1, "n", "d") == (13004, "signature")
    assert refused(call, NOW_MS, "m", "d") == (13004, "signature")
    late_ns = NOW_NS + 60_001 * 1_000_000
    assert refused(call, NOW_MS, "n", "d", late_ns) == (13004, "timestamp")
    assert call(NOW_MS, "n", "d").grant.key.client_id == desk.id
    assert refused(call, NOW_MS, "n", "d") == (13004, "nonce")


def test_tokens_renew_and_end_with_their_key(desk: Desk) -> None:
    first = desk.auth.by_secret(desk.id, desk.secret, "session:a", None, NOW_NS)
    second = desk.auth.by_refresh(first.refresh_token, None, NOW_NS)
    assert refused(desk.auth.by_refresh, first.refresh_token, None, NOW_NS) == (13009, None)
    assert desk.auth.by_token(second.access_token, None, NOW_NS).account == 5
    desk.auth.end_key(desk.id)
    assert refused(desk.auth.by_token, second.access_token, None, NOW_NS) == (13009, None)


def test_a_connections_token_is_no_one_elses(desk: Desk) -> None:
    session: Any = object()
    tokens = desk.auth.by_secret(desk.id, desk.secret, "", session, NOW_NS)
    assert desk.auth.by_token(tokens.access_token, session, NOW_NS).account == 5
    assert refused(desk.auth.by_token, tokens.access_token, None, NOW_NS) == (13009, None)
