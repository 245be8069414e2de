"""What every request passes whichever way it came: may this identity call this method?"""

from __future__ import annotations

from exchange.gateway.auth import Identity
from exchange.gateway.errors import authorization_required, forbidden, unauthorized


def authorise(identity: Identity | None, scope: str, now_ns: int) -> Identity:
    """Return the identity if it may; raises RpcError 10000, 13009 or 13021."""
    if identity is None:
        raise authorization_required("a private method needs authentication")
    if identity.expires_ns <= now_ns:
        raise unauthorized("the token has expired")
    if scope not in identity.allowed:
        raise forbidden(scope)
    return identity
