"""Methods about the connection itself: greeting, authentication, heartbeats, cancel-on-disconnect.

Source: Deribit API v2, "Authentication" and "Session management".
"""

from __future__ import annotations

import asyncio
from importlib.metadata import version
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from exchange.gateway.errors import (
    RpcError,
    internal_server_error,
    invalid_params,
    must_be_websocket_request,
)
from exchange.gateway.rpc import Context, NoParams, method
from exchange.gateway.session import NORMAL_CLOSURE, Session
from exchange.gateway.tokens import NS_PER_S, Tokens

VERSION = version("compute-futures-exchange")

Text = Annotated[str, Meta(max_length=128)]
ClientId = Annotated[str, Meta(max_length=64, description="Id of the API key")]
TimestampMs = Annotated[
    int, Meta(ge=0, le=32_503_708_800_000, description="Milliseconds since 1970 UTC")
]
IntervalS = Annotated[int, Meta(ge=1, le=3_600, description="Seconds between heartbeats")]
CancelScope = Annotated[
    Literal["connection", "account"],
    Meta(description="connection: this one; account: also each that is opened from now on"),
]


class HelloParams(msgspec.Struct, forbid_unknown_fields=True):
    """Who the client is; both fields are free text."""

    client_name: Text = ""
    client_version: Text = ""


class TestParams(msgspec.Struct, forbid_unknown_fields=True):
    """What the test is to give; exception asks for an error."""

    __test__ = False

    expected_result: Annotated[str, Meta(max_length=32)] = ""


class AuthParams(msgspec.Struct, forbid_unknown_fields=True):
    """Credentials: a secret, a signature of ``timestamp\\nnonce\\ndata`` or a refresh token.

    scope: words such as ``trade:read``, ``session:NAME`` (the token serves other connections too) and
    ``expires:SECONDS``; without it all that the key has.
    """

    grant_type: Literal["client_credentials", "client_signature", "refresh_token"]
    client_id: ClientId = ""
    client_secret: Annotated[str, Meta(max_length=128)] = ""
    refresh_token: Annotated[str, Meta(max_length=128)] = ""
    timestamp: TimestampMs | None = None
    signature: Annotated[str, Meta(max_length=128)] = ""
    nonce: Annotated[str, Meta(max_length=64)] = ""
    data: Annotated[str, Meta(max_length=1_024)] = ""
    state: Annotated[str, Meta(max_length=256)] = ""
    scope: Annotated[str, Meta(max_length=512)] = ""


class LogoutParams(msgspec.Struct, forbid_unknown_fields=True):
    """Whether the connection's tokens end too."""

    invalidate_token: bool = True


class HeartbeatParams(msgspec.Struct, forbid_unknown_fields=True):
    """How often to send a heartbeat, at least 10 seconds apart unless the server allows less."""

    interval: IntervalS


class CancelOnDisconnectParams(msgspec.Struct, forbid_unknown_fields=True):
    """What cancel-on-disconnect is asked about."""

    scope: CancelScope = "account"


def connection(context: Context) -> Session:
    """Return the WebSocket connection; raises RpcError 10030 over HTTP."""
    if context.session is None:
        raise must_be_websocket_request()
    return context.session


@method("public/hello")
def hello(context: Context, params: HelloParams) -> dict[str, str]:
    """Greet the server and learn its version."""
    return {"version": VERSION}


@method("public/test")
def test(context: Context, params: TestParams) -> dict[str, str]:
    """Test the connection; also the answer to a test_request."""
    if params.expected_result == "exception":
        raise RpcError.named("error", "asked for by expected_result", "expected_result")
    return {"version": VERSION}


@method("public/auth")
def auth(context: Context, params: AuthParams) -> dict[str, Any]:
    """Exchange credentials for tokens; over WebSocket this authenticates the connection."""
    authenticator = context.authenticator
    if authenticator is None:
        raise internal_server_error()
    session, now_ns = context.session, context.wall_ns
    if params.grant_type == "client_credentials":
        _need(params, "client_id", "client_secret")
        tokens = authenticator.by_secret(
            params.client_id, params.client_secret, params.scope, session, now_ns
        )
    elif params.grant_type == "client_signature":
        _need(params, "client_id", "signature", "nonce", "timestamp")
        tokens = authenticator.by_signature(
            params.client_id,
            params.timestamp or 0,
            params.nonce,
            params.data,
            params.signature,
            params.scope,
            session,
            now_ns,
        )
    else:
        _need(params, "refresh_token")
        tokens = authenticator.by_refresh(params.refresh_token, session, now_ns)
    if session is not None:
        session.authenticate(authenticator.by_grant(tokens.grant))
    return _granted(tokens, params.state, now_ns)


def _need(params: AuthParams, *names: str) -> None:
    for name in names:
        if getattr(params, name) in ("", None):
            raise invalid_params(name, f"is needed for grant_type {params.grant_type}")


def _granted(tokens: Tokens, state: str, now_ns: int) -> dict[str, Any]:
    grant = tokens.grant
    place = "connection" if grant.session_name is None else f"session:{grant.session_name}"
    fields: dict[str, Any] = {
        "access_token": tokens.access_token,
        "expires_in": (grant.expires_ns - now_ns) // NS_PER_S,
        "refresh_token": tokens.refresh_token,
        "scope": " ".join((place, *grant.scopes)),
        "token_type": "bearer",
        "enabled_features": [],
    }
    return fields | {"state": state} if state else fields


@method("private/logout", scope="account:read")
def logout(context: Context, params: LogoutParams) -> str:
    """Close the connection after the answer; orders stay, cancel-on-disconnect or not."""
    session = connection(context)
    session.cancel_on_disconnect = False
    if params.invalidate_token and context.authenticator is not None:
        context.authenticator.tokens.end_session(session)
    asyncio.get_running_loop().call_soon(session.close, NORMAL_CLOSURE)
    return "ok"


@method("public/set_heartbeat")
def set_heartbeat(context: Context, params: HeartbeatParams) -> str:
    """Ask for heartbeats; a client that is silent must then answer each test_request."""
    session = connection(context)
    least_s = session.limits.min_heartbeat_s
    if params.interval < least_s:
        raise invalid_params("interval", f"Expected `int` >= {least_s}")
    session.heartbeat.start(params.interval)
    return "ok"


@method("public/disable_heartbeat")
def disable_heartbeat(context: Context, params: NoParams) -> str:
    """End the heartbeats."""
    connection(context).heartbeat.stop()
    return "ok"


@method("private/enable_cancel_on_disconnect", scope="trade:read_write")
def enable_cancel_on_disconnect(context: Context, params: CancelOnDisconnectParams) -> str:
    """Cancel the orders that this connection entered when it ends.

    Orders of other connections are not touched. With scope account every connection of the account
    that is authenticated from now on begins like this, until the exchange restarts.
    """
    session = connection(context)
    if params.scope == "account":
        session.gateway.cancel_on_disconnect_accounts.add(context.account)
    session.cancel_on_disconnect = True
    return "ok"


@method("private/disable_cancel_on_disconnect", scope="trade:read_write")
def disable_cancel_on_disconnect(context: Context, params: CancelOnDisconnectParams) -> str:
    """Let the orders of this connection outlive it."""
    session = connection(context)
    if params.scope == "account":
        session.gateway.cancel_on_disconnect_accounts.discard(context.account)
    session.cancel_on_disconnect = False
    return "ok"


@method("private/get_cancel_on_disconnect", scope="account:read")
def get_cancel_on_disconnect(context: Context, params: CancelOnDisconnectParams) -> dict[str, Any]:
    """Return whether cancel-on-disconnect is on, for this connection or for new ones."""
    session = connection(context)
    enabled = (
        context.account in session.gateway.cancel_on_disconnect_accounts
        if params.scope == "account"
        else session.cancel_on_disconnect
    )
    return {"scope": params.scope, "enabled": enabled}
