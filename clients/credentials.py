"""The key of an account, where it is kept, and how it signs."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from pathlib import Path
from typing import Any

import msgspec


class Credentials(msgspec.Struct, frozen=True):
    """Client id and secret; the secret is never shown."""

    client_id: str
    client_secret: str

    def __repr__(self) -> str:
        return f"Credentials({self.client_id!r}, ***)"

    def signature(self, ts_ms: int, nonce: str, text: str = "") -> str:
        """Return the hex HMAC-SHA256 of time, nonce and text, a line each.

        Source: Deribit API v2, public/auth with grant_type client_signature.
        """
        message = f"{ts_ms}\n{nonce}\n{text}".encode()
        return hmac.new(self.client_secret.encode(), message, hashlib.sha256).hexdigest()

    def auth_params(self, ts_ms: int) -> dict[str, Any]:
        """Return the parameters of public/auth at a time; the secret itself is not among them."""
        nonce = secrets.token_hex(8)
        return {
            "grant_type": "client_signature",
            "client_id": self.client_id,
            "timestamp": ts_ms,
            "nonce": nonce,
            "data": "",
            "signature": self.signature(ts_ms, nonce),
        }


def load_keys(path: Path) -> dict[str, Credentials]:
    """Read a keys.json: ``{account: {client_id, client_secret}}``.

    Raises OSError where it cannot be read and ValueError where it is something else.
    """
    try:
        return msgspec.json.decode(path.read_bytes(), type=dict[str, Credentials])
    except msgspec.DecodeError as error:
        raise ValueError(f"{path} is no keys file: {error}") from None


def load_key(path: Path, account: str) -> Credentials:
    """Return one account's key of a keys.json. Raises as ``load_keys``, and KeyError."""
    keys = load_keys(path)
    if account not in keys:
        raise KeyError(f"{path} has no account {account}; it has {', '.join(keys) or 'none'}")
    return keys[account]
