"""subscribe, unsubscribe and unsubscribe_all, public and private.

Source: Deribit API v2, "Subscription management". The state of each channel follows the answer at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import msgspec
from msgspec import Meta

from exchange.gateway.auth import Identity
from exchange.gateway.errors import (
    RpcError,
    authorization_required,
    forbidden,
    invalid_params,
)
from exchange.gateway.methods.session import connection
from exchange.gateway.rpc import Context, NoParams, method
from exchange.gateway.session import Session
from marketdata.publisher import TooManyChannels, UnknownChannel

PRIVATE_PREFIX = "user."

ChannelName = Annotated[str, Meta(min_length=1, max_length=128)]


class ChannelsParams(msgspec.Struct, forbid_unknown_fields=True):
    """Channels by name; doubles count once."""

    channels: Annotated[list[ChannelName], Meta(min_length=1, max_length=500)]


@method("public/subscribe")
def public_subscribe(context: Context, params: ChannelsParams) -> list[str]:
    """Listen to public channels; all of them or, when one is wrong, none."""
    session = connection(context)
    for name in params.channels:
        if name.startswith(PRIVATE_PREFIX):
            raise invalid_params("channels", f"{name}: use private/subscribe")
    return _subscribe(session, params.channels, len(session.private_channels))


@method("private/subscribe", scope="account:read")
def private_subscribe(context: Context, params: ChannelsParams) -> list[str]:
    """Listen to the account's own channels and to public ones; all or, when one is wrong, none.

    Channels of orders, trades and changes need the scope trade:read too.
    """
    session = connection(context)
    identity = _own_identity(session, context)
    names = list(dict.fromkeys(params.channels))
    own = [name for name in names if name.startswith(PRIVATE_PREFIX)]
    public = [name for name in names if not name.startswith(PRIVATE_PREFIX)]
    channels = session.gateway.private_feed.parse(own)
    if "trade:read" not in identity.allowed and any(c.topic != "portfolio" for c in channels):
        raise forbidden("trade:read")
    held = len(session.private_channels.keys() | set(own))
    if held > session.limits.max_channels:
        raise _too_many(session)
    _subscribe(session, public, held)
    session.subscribe_private(identity.account, channels)
    return names


@method("public/unsubscribe")
def public_unsubscribe(context: Context, params: ChannelsParams) -> list[str]:
    """Leave public channels; return those that were subscribed to."""
    return connection(context).subscriber.unsubscribe(params.channels)


@method("private/unsubscribe", scope="account:read")
def private_unsubscribe(context: Context, params: ChannelsParams) -> list[str]:
    """Leave private and public channels; return those that were subscribed to."""
    session = connection(context)
    left = {*session.subscriber.unsubscribe(params.channels)}
    left.update(session.unsubscribe_private(params.channels))
    return [name for name in dict.fromkeys(params.channels) if name in left]


@method("public/unsubscribe_all")
def public_unsubscribe_all(context: Context, params: NoParams) -> str:
    """Leave every public channel."""
    connection(context).subscriber.unsubscribe_all()
    return "ok"


@method("private/unsubscribe_all", scope="account:read")
def private_unsubscribe_all(context: Context, params: NoParams) -> str:
    """Leave every channel, private and public."""
    session = connection(context)
    session.subscriber.unsubscribe_all()
    session.unsubscribe_private(list(session.private_channels))
    return "ok"


def _subscribe(session: Session, names: Sequence[str], others: int) -> list[str]:
    subscriber = session.subscriber
    if others + len({*subscriber.channels, *names}) > session.limits.max_channels:
        raise _too_many(session)
    try:
        accepted = subscriber.subscribe(names)
    except UnknownChannel as unknown:
        raise invalid_params("channels", str(unknown)) from unknown
    except TooManyChannels:
        raise _too_many(session) from None
    session.gateway.schedule_flush()
    return accepted


def _too_many(session: Session) -> RpcError:
    return invalid_params("channels", f"more than {session.limits.max_channels} channels")


def _own_identity(session: Session, context: Context) -> Identity:
    # A token in the request serves this request only, but a subscription stays.
    identity = session.identity
    if identity is None or identity.account != context.account:
        raise authorization_required("authenticate the connection with public/auth first")
    return identity
