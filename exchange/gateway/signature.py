"""HMAC signatures of requests, and the memory that lets each be used once.

Source: Deribit API v2, "Authentication": signature credentials over HTTP and WebSocket.
"""

from __future__ import annotations

import hashlib
import hmac
from collections import OrderedDict
from typing import NamedTuple

from exchange.gateway.errors import invalid_credentials, too_many_requests

NS_PER_MS = 1_000_000
MAX_AGE_MS = 60_000
"""A timestamp may be this far from the server's clock, either way."""
MAX_NONCE_CHARACTERS = 64
SAME_MOMENT_MS = 100
"""Timestamps this near may share a nonce."""
SCHEME = "deri-hmac-sha256"


class SignedHeader(NamedTuple):
    """The fields of the header ``Authorization: deri-hmac-sha256 id=K,ts=MS,sig=HEX,nonce=N``."""

    client_id: str
    ts: str
    signature: str
    nonce: str


def parse_header(value: str) -> SignedHeader:
    """Parse what follows the scheme's name; raises RpcError 13004."""
    fields: dict[str, str] = {}
    for part in value.split(","):
        name, equals, text = part.strip().partition("=")
        if not equals or name in fields:
            raise invalid_credentials("Authorization", "is not id=…,ts=…,sig=…,nonce=…")
        fields[name] = text
    if fields.keys() != {"id", "ts", "sig", "nonce"}:
        raise invalid_credentials("Authorization", "is not id=…,ts=…,sig=…,nonce=…")
    return SignedHeader(fields["id"], fields["ts"], fields["sig"], fields["nonce"])


def signed_request(ts: str, nonce: str, verb: str, target: bytes, body: bytes) -> bytes:
    """Return the text that an HTTP request signs; target: path, and ``?query`` if there is one."""
    return b"\n".join((ts.encode(), nonce.encode(), verb.encode(), target, body, b""))


def signed_message(ts: str, nonce: str, content: str) -> bytes:
    """Return the text that client_signature signs."""
    return f"{ts}\n{nonce}\n{content}".encode()


def sign(secret: str, text: bytes) -> str:
    """Return the HMAC-SHA256 of a text, hexadecimal."""
    return hmac.new(secret.encode(), text, hashlib.sha256).hexdigest()


def matches(secret: str, text: bytes, signature: str) -> bool:
    """Compare a signature in constant time."""
    return hmac.compare_digest(sign(secret, text).encode(), signature.lower().encode())


class _Use(NamedTuple):
    """A nonce that was used, the timestamp it came with, and each signature that carried it."""

    now_ms: int
    ts_ms: int
    signatures: set[str]


class Nonces:
    """The nonces of each key that are still young enough to be replayed; bounded for each key.

    A nonce serves one request, or several different ones of the same moment: clients that take the clock for
    a nonce (ccxt does) sign two orders within one millisecond alike but for their content, and read the
    timestamp from the clock a little later.
    """

    def __init__(self, max_per_key: int) -> None:
        self._max_per_key = max_per_key
        self._used: dict[str, OrderedDict[str, _Use]] = {}
        self._counts: dict[str, int] = {}

    def use(self, client_id: str, nonce: str, ts_ms: int, now_ns: int, signature: str = "") -> None:
        """Remember a nonce; raises RpcError 13004 where time or nonce is wrong, 10028 when full.

        Call it only with a signature that was verified, or strangers could fill the memory.
        """
        now_ms = now_ns // NS_PER_MS
        if abs(now_ms - ts_ms) > MAX_AGE_MS:
            raise invalid_credentials(
                "timestamp", f"is more than {MAX_AGE_MS // 1_000} s from the server's time"
            )
        if not 0 < len(nonce) <= MAX_NONCE_CHARACTERS:
            raise invalid_credentials("nonce", f"must be 1 to {MAX_NONCE_CHARACTERS} characters")
        self._forget_old(client_id, now_ms)
        used = self._used.setdefault(client_id, OrderedDict())
        before = used.get(nonce)
        # Hexadecimal digits of either case are the same signature.
        signature = signature.lower()
        if before is not None and (
            abs(before.ts_ms - ts_ms) > SAME_MOMENT_MS or signature in before.signatures
        ):
            raise invalid_credentials("nonce", "was used before")
        if self._counts.get(client_id, 0) >= self._max_per_key:
            raise too_many_requests("too many signed requests within two minutes", MAX_AGE_MS)
        self._counts[client_id] = self._counts.get(client_id, 0) + 1
        if before is None:
            used[nonce] = _Use(now_ms, ts_ms, {signature})
        else:
            before.signatures.add(signature)

    def forget(self, client_id: str) -> None:
        """Forget a key that was revoked."""
        self._used.pop(client_id, None)
        self._counts.pop(client_id, None)

    def _forget_old(self, client_id: str, now_ms: int) -> None:
        used = self._used.get(client_id)
        # A timestamp may lie a minute ahead, and then stays valid for two.
        while used and next(iter(used.values())).now_ms < now_ms - 2 * MAX_AGE_MS:
            _, gone = used.popitem(last=False)
            self._counts[client_id] -= len(gone.signatures)
