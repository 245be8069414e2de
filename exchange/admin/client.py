"""A thin client of the operator's calls: one signed request over HTTP, one answer."""

from __future__ import annotations

import secrets
import time
from pathlib import Path
from typing import Any

import httpx
import msgspec

from exchange.gateway import signature
from exchange.gateway.keys import Credentials

ROOT = "/api/v2"
TIMEOUT_S = 10.0


class CallRefused(RuntimeError):  # noqa: N818 - says what happened
    """The exchange refused a call; code, message and ``details`` (reason, param) are its own."""

    def __init__(self, code: int, message: str, details: dict[str, Any]) -> None:
        reason, param = details.get("reason"), details.get("param")
        words = [message if reason is None else f"{message}: {reason}"]
        if param is not None:
            words.append(f"({param})")
        super().__init__(f"{' '.join(words)} [{code}]")
        self.code = code
        self.details = details


class CallLost(RuntimeError):  # noqa: N818 - says what happened
    """No answer came; ``sent`` tells whether the call may have taken effect all the same."""

    def __init__(self, reason: str, *, sent: bool) -> None:
        super().__init__(reason)
        self.sent = sent


class KeyMissing(RuntimeError):  # noqa: N818 - says what is wrong
    """There is no usable operator's key."""


def read_key(path: Path) -> Credentials:
    """Read what `cfx keys add` printed: ``{client_id, client_secret}``; raises KeyMissing."""
    try:
        held = msgspec.json.decode(path.read_bytes(), type=dict[str, str])
        return Credentials(held["client_id"], held["client_secret"])
    except FileNotFoundError:
        raise KeyMissing(f"there is no operator's key at {path}") from None
    except OSError as error:
        raise KeyMissing(f"the operator's key cannot be read: {error}") from None
    except (msgspec.DecodeError, UnicodeDecodeError, KeyError):
        raise KeyMissing(f"{path} does not hold what `cfx keys add` prints") from None


class OperatorClient:
    """Calls methods of one exchange; url: such as ``http://127.0.0.1:8000``."""

    def __init__(self, url: str, key: Credentials, *, timeout_s: float = TIMEOUT_S) -> None:
        self.url = url.rstrip("/")
        self._key = key
        self._timeout_s = timeout_s
        self._kept: httpx.Client | None = None

    def _line(self) -> httpx.Client:
        """Return the connection that calls share: making one anew costs more than most calls."""
        if self._kept is None:
            self._kept = httpx.Client(timeout=self._timeout_s)
        return self._kept

    def call(self, method: str, params: dict[str, Any]) -> Any:
        """Return the result of a method; raises CallRefused, and CallLost where no answer came."""
        request = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        body = msgspec.json.encode(request)
        try:
            answer = self._line().post(
                f"{self.url}{ROOT}",
                content=body,
                headers={"Authorization": self._signed(body), "Content-Type": "application/json"},
            )
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.UnsupportedProtocol) as error:
            raise CallLost(f"no exchange answers at {self.url}: {error}", sent=False) from None
        except httpx.InvalidURL as error:
            raise CallLost(f"{self.url} is no address: {error}", sent=False) from None
        except httpx.HTTPError as error:
            reason = f"the answer did not come within {self._timeout_s:g} s: {error}"
            raise CallLost(reason, sent=True) from None
        return _result(answer)

    def _signed(self, body: bytes) -> str:
        ts, nonce = str(time.time_ns() // 10**6), secrets.token_hex(8)
        text = signature.signed_request(ts, nonce, "POST", ROOT.encode(), body)
        signed = signature.sign(self._key.client_secret, text)
        return f"{signature.SCHEME} id={self._key.client_id},ts={ts},sig={signed},nonce={nonce}"


def _result(answer: httpx.Response) -> Any:
    try:
        decoded = msgspec.json.decode(answer.content, type=dict[str, Any])
    except msgspec.DecodeError:
        decoded = {}
    if "error" in decoded:
        error = decoded["error"]
        raise CallRefused(error["code"], error["message"], error.get("data", {}))
    if "result" not in decoded:
        raise CallLost(f"the answer is not an exchange's (HTTP {answer.status_code})", sent=True)
    return decoded["result"]
