"""``/api/v2``: one request over HTTP to one call, and its answer; errors are status 400.

Source: Deribit API v2, "HTTP": GET with parameters in the query, POST with a JSON-RPC body.
"""

from __future__ import annotations

import asyncio
import logging
from inspect import isawaitable
from typing import TYPE_CHECKING, Any

from starlette.types import Receive, Scope, Send

from exchange.gateway import envelope, sequencing
from exchange.gateway.auth import Identity
from exchange.gateway.decode import (
    Refused,
    Request,
    decode_params,
    decode_query,
    decode_request,
)
from exchange.gateway.dispatch import authorise
from exchange.gateway.errors import (
    RpcError,
    internal_server_error,
    invalid_request,
    method_not_found,
)
from exchange.gateway.gateway import Gateway
from exchange.gateway.rpc import METHODS, Context, Method, Sequenced

if TYPE_CHECKING:
    from exchange.venue import Outcome

logger = logging.getLogger(__name__)

ROOT = "/api/v2"
BAD_REQUEST = 400
OK = 200


class _ClientGone(Exception):  # noqa: N818 - nothing went wrong on our side
    """The connection ended before the request was whole."""


async def serve_http(scope: Scope, receive: Receive, send: Send, gateway: Gateway) -> None:
    """Answer one request."""
    gateway.counts.requests += 1
    in_ns = gateway.venue.wall_ns()
    call = _Call(scope, gateway, in_ns)
    try:
        result = await call.run(receive)
    except RpcError as error:
        await _refuse(send, gateway, call.id, error, in_ns)
    except Refused as refused:
        await _refuse(send, gateway, refused.id, refused.error, in_ns)
    except _ClientGone:
        return
    except Exception:
        logger.exception("a request failed")
        await _refuse(send, gateway, call.id, internal_server_error(), in_ns)
    else:
        await _respond(send, OK, envelope.answer(call.id, result, in_ns, gateway.venue.wall_ns()))


class _Call:
    """One request on its way; ``id`` is known once the body is decoded."""

    def __init__(self, scope: Scope, gateway: Gateway, in_ns: int) -> None:
        self.id: int | str | None = None
        self._scope = scope
        self._gateway = gateway
        self._in_ns = in_ns
        client = scope.get("client")
        host = client[0] if client else ""
        self._address = gateway.allowances.of_address(host, in_ns)
        self._query: bytes = scope["query_string"]
        self._headers: dict[bytes, bytes] = dict(scope["headers"])

    async def run(self, receive: Receive) -> object:
        """Return the result; raises RpcError or Refused."""
        header = self._headers.get(b"authorization")
        if header is None:
            self._address.spend(False, 1.0, self._in_ns)
        verb = self._scope["method"]
        if verb not in ("GET", "POST"):
            raise invalid_request("use GET or POST")
        limit = self._gateway.limits.max_request_bytes
        if len(self._query) > limit:
            raise invalid_request(f"the query is longer than {limit} bytes")
        body = await _read(receive, self._headers, limit)
        identity = None
        if header is not None:
            identity = self._authenticate(header, verb, body)
        request = decode_request(body) if body else None
        if request is not None:
            self.id = request.id
        method = self._method(request)
        params, token = (
            decode_query(method, self._query)
            if request is None
            else decode_params(method, request.params)
        )
        if token is not None:
            identity = self._gateway.authenticator.by_token(token, None, self._in_ns)
        if identity is not None:
            self._gateway.spend(identity, method, self._in_ns)
        return await self._result(method, params, identity)

    def _authenticate(self, header: bytes, verb: str, body: bytes) -> Identity:
        raw_path = self._scope.get("raw_path") or self._scope["path"].encode()
        target = raw_path + b"?" + self._query if self._query else raw_path
        try:
            return self._gateway.authenticator.by_header(
                header.decode("latin-1"), verb, target, body, self._in_ns
            )
        except RpcError:
            # Who fails to authenticate is charged like everybody who did not try.
            self._address.spend(False, 1.0, self._in_ns)
            raise

    def _method(self, request: Request | None) -> Method:
        name = self._scope["path"][len(ROOT) :].strip("/")
        if request is not None:
            if name and name != request.method:
                raise invalid_request("names another method than the path", "method")
            name = request.method
        elif not name:
            raise invalid_request("the path or the body must name a method", "method")
        method = METHODS.get(name)
        if method is None:
            raise method_not_found(name)
        return method

    async def _result(self, method: Method, params: Any, identity: Identity | None) -> object:
        venue = self._gateway.venue
        if method.scope is not None:
            identity = authorise(identity, method.scope, self._in_ns)
        account, key = (-1, None) if identity is None else (identity.account, identity.key)
        authenticator = self._gateway.authenticator
        context = Context(None, venue, account, key, venue.now_ns(), authenticator, self._in_ns)
        result = method.handler(context, params)
        if isinstance(result, Sequenced):
            return result.respond(await self._outcomes(result))
        return await result if isawaitable(result) else result

    async def _outcomes(self, asked: Sequenced) -> list[Outcome]:
        future: asyncio.Future[list[Outcome]] = asyncio.get_running_loop().create_future()

        def applied(outcomes: list[Outcome] | RpcError) -> None:
            if future.cancelled():
                return
            if isinstance(outcomes, RpcError):
                future.set_exception(outcomes)
            else:
                future.set_result(outcomes)

        sequencing.submit(self._gateway.venue, asked.commands, applied)
        return await future


async def _read(receive: Receive, headers: dict[bytes, bytes], limit: int) -> bytes:
    too_long = f"the body is longer than {limit} bytes"
    announced = headers.get(b"content-length", b"0")
    if announced.isdigit() and int(announced) > limit:
        raise invalid_request(too_long)
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise _ClientGone
        part = message.get("body", b"")
        size += len(part)
        if size > limit:
            raise invalid_request(too_long)
        parts.append(part)
        if not message.get("more_body", False):
            return b"".join(parts)


async def _refuse(
    send: Send, gateway: Gateway, request_id: int | str | None, error: RpcError, in_ns: int
) -> None:
    gateway.counts.refused += 1
    now_ns = gateway.venue.wall_ns()
    await _respond(send, BAD_REQUEST, envelope.refusal(request_id, error, in_ns, now_ns))


async def _respond(send: Send, status: int, body: bytes) -> None:
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
