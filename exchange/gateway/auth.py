"""Who asks: signatures, client credentials and tokens to an identity.

Source: Deribit API v2, "Authentication" and public/auth.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from exchange.gateway import signature
from exchange.gateway.errors import invalid_credentials, unauthorized
from exchange.gateway.keys import Key, KeyStore
from exchange.gateway.limits import Limits
from exchange.gateway.scopes import granted, is_operators, parse_wish
from exchange.gateway.tokens import Grant, Tokens, TokenStore

if TYPE_CHECKING:
    from exchange.gateway.session import Session

# Stands in for the secret of a key that does not exist, so that both refusals take the same time.
_NO_SECRET = "0" * 43
NO_ACCOUNT = -1
_WRONG_KEY = "no valid key has this client_id and secret"


class Identity(NamedTuple):
    """An authenticated client.

    account: core account number, NO_ACCOUNT for an operator. allowed: the scopes of key or token and
    those that they include. expires_ns: until when, UTC nanoseconds.
    """

    key: Key
    account: int
    allowed: frozenset[str]
    expires_ns: int


class Authenticator:
    """Checks credentials against the keys; accounts: core account numbers by name, read live."""

    def __init__(self, keys: KeyStore, accounts: Mapping[str, int], limits: Limits) -> None:
        self.keys = keys
        self.tokens = TokenStore(limits.max_tokens_per_key)
        self._accounts = accounts
        self._nonces = signature.Nonces(limits.max_nonces_per_key)

    def by_header(
        self, header: str, verb: str, target: bytes, body: bytes, now_ns: int
    ) -> Identity:
        """Authenticate an HTTP request by its Authorization header.

        target: path and query as they were sent. Raises RpcError 13004, 13009 or 10028.
        """
        scheme, _, value = header.strip().partition(" ")
        if scheme.lower() == "bearer":
            return self.by_token(value.strip(), None, now_ns)
        if scheme.lower() != signature.SCHEME:
            raise invalid_credentials(
                "Authorization", f"scheme is neither {signature.SCHEME} nor Bearer"
            )
        signed = signature.parse_header(value.strip())
        text = signature.signed_request(signed.ts, signed.nonce, verb, target, body)
        ts_ms = _milliseconds(signed.ts)
        key = self._signed(signed.client_id, text, signed.signature, "sig")
        self._nonces.use(key.client_id, signed.nonce, ts_ms, now_ns, signed.signature)
        return self._identity(key, granted(key.scopes), now_ns + 1)

    def by_token(self, access_token: str, session: Session | None, now_ns: int) -> Identity:
        """Authenticate by an access token; raises RpcError 13009."""
        grant = self.tokens.find(access_token, now_ns)
        if grant is None:
            raise unauthorized("the token is unknown, expired or revoked")
        if grant.session not in (None, session):
            raise unauthorized("the token belongs to another connection")
        return self.by_grant(grant)

    def by_grant(self, grant: Grant) -> Identity:
        """Return the identity that a token's grant stands for."""
        return self._identity(grant.key, grant.allowed, grant.expires_ns)

    def by_secret(
        self, client_id: str, client_secret: str, scope: str, session: Session | None, now_ns: int
    ) -> Tokens:
        """Grant client_credentials; raises RpcError 13004."""
        wish = parse_wish(scope)
        key = self.keys.find(client_id)
        secret = _NO_SECRET if key is None else key.client_secret
        right = hmac.compare_digest(secret.encode(), client_secret.encode())
        if key is None or not right:
            raise invalid_credentials("client_secret", _WRONG_KEY)
        self._account(key)
        return self.tokens.issue(key, wish, session, now_ns)

    def by_signature(
        self,
        client_id: str,
        ts_ms: int,
        nonce: str,
        content: str,
        signed: str,
        scope: str,
        session: Session | None,
        now_ns: int,
    ) -> Tokens:
        """Grant client_signature; raises RpcError 13004 or 10028."""
        wish = parse_wish(scope)
        text = signature.signed_message(str(ts_ms), nonce, content)
        key = self._signed(client_id, text, signed, "signature")
        self._nonces.use(key.client_id, nonce, ts_ms, now_ns, signed)
        self._account(key)
        return self.tokens.issue(key, wish, session, now_ns)

    def by_refresh(self, refresh_token: str, session: Session | None, now_ns: int) -> Tokens:
        """Exchange a refresh token, once; raises RpcError 13009."""
        tokens = self.tokens.renew(refresh_token, session, now_ns)
        if tokens is None:
            raise unauthorized("the refresh token is unknown, used, expired or revoked")
        return tokens

    def end_key(self, client_id: str) -> None:
        """End the tokens of a key that was revoked."""
        self.tokens.end_key(client_id)
        self._nonces.forget(client_id)

    def _signed(self, client_id: str, text: bytes, signed: str, param: str) -> Key:
        key = self.keys.find(client_id)
        secret = _NO_SECRET if key is None else key.client_secret
        right = signature.matches(secret, text, signed)
        if key is None or not right:
            raise invalid_credentials(param, "no valid key has this client_id and signature")
        return key

    def _account(self, key: Key) -> int:
        if is_operators(key.scopes):
            return NO_ACCOUNT
        account = self._accounts.get(key.account)
        if account is None:
            raise invalid_credentials("client_id", f"the account {key.account} is not open")
        return account

    def _identity(self, key: Key, allowed: frozenset[str], expires_ns: int) -> Identity:
        return Identity(key, self._account(key), allowed, expires_ns)


def _milliseconds(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 15):
        raise invalid_credentials("ts", "is not a number of milliseconds")
    return int(text)
