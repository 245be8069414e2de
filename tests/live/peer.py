"""A bare client of the dialect: what it sends is what the test says, and every wait is bounded."""

from __future__ import annotations

import hashlib
import hmac
import itertools
import socket
import time
from contextlib import ExitStack
from typing import Any

import httpx
import msgspec
from websockets.sync.client import ClientConnection, connect

from tests.live.running import RunningExchange

WAIT_S = 60.0

Answer = dict[str, Any]

_nonces = itertools.count()


class Peer:
    """One WebSocket connection, authenticated as an account where one is named."""

    def __init__(self, exchange: RunningExchange, account: str | None = None) -> None:
        self._stack = ExitStack()
        self.socket: ClientConnection = self._stack.enter_context(
            connect(exchange.url, compression=None, max_size=None)
        )
        self.tokens: list[str] = []
        self._ids = itertools.count(1)
        if account is not None:
            self.authenticate(**exchange.keys[account])

    def __enter__(self) -> Peer:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def hang_up(self) -> None:
        """Close as the protocol has it."""
        self.socket.close()

    def cut(self) -> None:
        """End the connection without a word."""
        self.socket.socket.shutdown(socket.SHUT_RDWR)

    def authenticate(self, client_id: str, client_secret: str, **params: Any) -> Answer:
        granted: Answer = self.call(
            "public/auth",
            grant_type="client_credentials",
            client_id=client_id,
            client_secret=client_secret,
            **params,
        )
        self.tokens += [granted["access_token"], granted["refresh_token"]]
        return granted

    def frame(self, wait_s: float = WAIT_S) -> Answer:
        """The next frame, of any kind."""
        decoded = msgspec.json.decode(self.socket.recv(wait_s))
        assert isinstance(decoded, dict)
        return decoded

    def raw(self, message: str | bytes, *, text: bool | None = None) -> Answer:
        """The answer that follows a message; notifications before it are passed over."""
        self.socket.send(message, text=text)
        while "method" in (answer := self.frame()):
            pass
        return answer

    def ask(self, method: str, **params: Any) -> Answer:
        """The whole answer to a request."""
        return self.request(method, params)

    def request(self, method: str, params: object) -> Answer:
        """The whole answer to a request with parameters of any kind."""
        request_id = next(self._ids)
        answer = self.raw(body_of(method, params, request_id), text=True)
        assert answer["id"] == request_id, answer
        return answer

    def call(self, method: str, **params: Any) -> Any:
        """The result of a request that must succeed."""
        answer = self.ask(method, **params)
        assert "error" not in answer, answer
        return answer["result"]


def body_of(method: str, params: object, request_id: int | None = 1) -> bytes:
    """A JSON-RPC request."""
    request = {"jsonrpc": "2.0", "id": request_id, "method": method, "params": params}
    return msgspec.json.encode(request)


def signature_header(
    key: dict[str, str],
    verb: str,
    target: str,
    body: bytes = b"",
    *,
    ts_ms: int | None = None,
    nonce: str | None = None,
) -> dict[str, str]:
    """The Authorization header of a signed request, as the Deribit API v2 describes it."""
    ts = str(time.time_ns() // 1_000_000 if ts_ms is None else ts_ms)
    nonce = f"{time.time_ns()}-{next(_nonces)}" if nonce is None else nonce
    text = f"{ts}\n{nonce}\n{verb}\n{target}\n".encode() + body + b"\n"
    signed = hmac.new(key["client_secret"].encode(), text, hashlib.sha256).hexdigest()
    value = f"deri-hmac-sha256 id={key['client_id']},ts={ts},sig={signed},nonce={nonce}"
    return {"Authorization": value}


class Http:
    """Signed requests of one account; without one, unsigned ones."""

    def __init__(self, exchange: RunningExchange, account: str | None = None) -> None:
        self.client = httpx.Client(base_url=exchange.http_url, timeout=WAIT_S)
        self.key = None if account is None else exchange.keys[account]

    def __enter__(self) -> Http:
        return self

    def __exit__(self, *_: object) -> None:
        self.client.close()

    def send(self, verb: str, target: str, body: bytes = b"", **headers: str) -> httpx.Response:
        """The response to a request; ``target`` is path and query, sent as they are."""
        if self.key is not None and not headers:
            headers = signature_header(self.key, verb, target, body)
        return self.client.request(verb, target, content=body, headers=headers)

    def get(self, method: str, params: dict[str, Any]) -> httpx.Response:
        """Ask with the parameters in the query."""
        query = str(httpx.QueryParams(params))
        return self.send("GET", f"/api/v2/{method}" + (f"?{query}" if query else ""))

    def post(self, body: bytes) -> httpx.Response:
        """Ask with a JSON-RPC body."""
        return self.send("POST", "/api/v2", body)
