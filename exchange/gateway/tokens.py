"""Access and refresh tokens: what public/auth gives out, kept in memory until it expires.

A restart ends every token, as it ends every session; clients authenticate again.
"""

from __future__ import annotations

import hashlib
import secrets
from collections import OrderedDict
from typing import TYPE_CHECKING, NamedTuple

from exchange.gateway import scopes as scope_names
from exchange.gateway.keys import Key

if TYPE_CHECKING:
    from exchange.gateway.session import Session

NS_PER_S = 1_000_000_000
MAX_EXPIRES_S = 31_536_000
"""A year, as the Deribit API gives: clients that never refresh keep their connection."""


class Grant(NamedTuple):
    """What a token stands for.

    allowed: the scopes and those they include. session: the only connection that may use it, None for
    any. The refresh token outlives the access token.
    """

    key: Key
    scopes: tuple[str, ...]
    allowed: frozenset[str]
    session: Session | None
    session_name: str | None
    expires_ns: int
    refresh_expires_ns: int


class Tokens(NamedTuple):
    """A new grant and the two secrets that stand for it."""

    access_token: str
    refresh_token: str
    grant: Grant


class TokenStore:
    """Every token that is valid; bounded for each key."""

    def __init__(self, max_per_key: int) -> None:
        self._max_per_key = max_per_key
        self._access: dict[bytes, Grant] = {}
        self._refresh: dict[bytes, Grant] = {}
        self._of_key: dict[str, OrderedDict[bytes, bytes]] = {}

    def issue(
        self, key: Key, wish: scope_names.Wish, session: Session | None, now_ns: int
    ) -> Tokens:
        """Make tokens for a key; the oldest of a key that has too many end."""
        scopes = scope_names.narrowed(wish.scopes, key.scopes)
        expires_s = min(wish.expires_s or MAX_EXPIRES_S, MAX_EXPIRES_S)
        grant = Grant(
            key,
            scopes,
            scope_names.granted(scopes),
            None if wish.session is not None else session,
            wish.session,
            now_ns + expires_s * NS_PER_S,
            now_ns + MAX_EXPIRES_S * NS_PER_S,
        )
        return self._keep(grant)

    def find(self, access_token: str, now_ns: int) -> Grant | None:
        """Return what a token stands for, None when it is unknown, expired or revoked."""
        grant = self._access.get(_digest(access_token))
        return grant if grant is not None and grant.expires_ns > now_ns else None

    def renew(self, refresh_token: str, session: Session | None, now_ns: int) -> Tokens | None:
        """Exchange a refresh token, once, for new tokens of the same scopes."""
        digest = _digest(refresh_token)
        grant = self._refresh.get(digest)
        if grant is None or grant.session not in (None, session):
            return None
        self._end(grant.key.client_id, digest)
        if grant.refresh_expires_ns <= now_ns:
            return None
        wish = scope_names.Wish(grant.scopes, grant.session_name, None)
        return self.issue(grant.key, wish, session, now_ns)

    def end(self, grant: Grant) -> None:
        """End the tokens of a grant."""
        for refresh in [r for r, held in self._refresh.items() if held is grant]:
            self._end(grant.key.client_id, refresh)

    def end_session(self, session: Session) -> None:
        """End the tokens that only this connection may use."""
        for refresh, grant in [(r, g) for r, g in self._refresh.items() if g.session is session]:
            self._end(grant.key.client_id, refresh)

    def end_key(self, client_id: str) -> None:
        """End all tokens of a key."""
        for refresh in list(self._of_key.get(client_id, ())):
            self._end(client_id, refresh)

    def __len__(self) -> int:
        return len(self._access)

    def _keep(self, grant: Grant) -> Tokens:
        access_token, refresh_token = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
        access, refresh = _digest(access_token), _digest(refresh_token)
        client_id = grant.key.client_id
        mine = self._of_key.setdefault(client_id, OrderedDict())
        while len(mine) >= self._max_per_key:
            self._end(client_id, next(iter(mine)))
        self._of_key[client_id] = mine
        mine[refresh] = access
        self._access[access] = self._refresh[refresh] = grant
        return Tokens(access_token, refresh_token, grant)

    def _end(self, client_id: str, refresh: bytes) -> None:
        mine = self._of_key[client_id]
        access = mine.pop(refresh)
        del self._access[access], self._refresh[refresh]
        if not mine:
            del self._of_key[client_id]


def _digest(token: str) -> bytes:
    # Looked up by digest: the time of a dictionary's comparison tells nothing about the token.
    return hashlib.sha256(token.encode()).digest()
