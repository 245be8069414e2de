"""Requests that are worth something only up to a time."""

from __future__ import annotations

from exchange.gateway.errors import RpcError
from exchange.gateway.rpc import Context
from marketdata.messages import NS_PER_MS


def check_valid_until(context: Context, valid_until: int | None) -> None:
    """Raise timed_out (13888) for a request that came at or after its ``valid_until``, milliseconds.

    Source: Deribit API v2, "private/buy". It is the time at which the request came that counts.
    """
    if valid_until is not None and context.now_ns >= valid_until * NS_PER_MS:
        raise RpcError.named("timed_out", "came after it was valid", "valid_until")
