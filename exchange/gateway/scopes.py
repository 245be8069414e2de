"""Scopes of keys and tokens as the Deribit API writes them: ``trade:read_write``.

Source: Deribit API v2, "Access scope".
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from exchange.gateway.errors import invalid_params

AREAS = ("account", "block_trade", "custody", "index", "operator", "trade", "wallet")
LEVELS = ("none", "read", "read_write")
OPERATOR_AREAS = frozenset(("operator", "index"))
"""Ours: what runs the venue, and what its indices are made of. A key of nothing else speaks for no account."""
INDEX_WRITE = "index:read_write"
"""Of an index provider: to report observations, and nothing else."""
DEFAULT_SCOPES = ("account:read", "trade:read_write", "wallet:read")
MAX_NAME_CHARACTERS = 64


class ScopeError(ValueError):
    """A scope that does not exist; its text says which exist."""


def checked(scopes: Iterable[str]) -> tuple[str, ...]:
    """Return scopes sorted and without doubles; raises ScopeError on one that does not exist."""
    found = sorted(set(scopes))
    for scope in found:
        area, colon, level = scope.partition(":")
        if not colon or area not in AREAS or level not in LEVELS:
            raise ScopeError(
                f"no scope {scope[:64]!r}: area is one of {', '.join(AREAS)}, "
                f"level is one of {', '.join(LEVELS)}"
            )
    return tuple(found)


def is_operators(scopes: Iterable[str]) -> bool:
    """Say whether scopes are an operator's alone."""
    areas = {scope.partition(":")[0] for scope in scopes}
    return bool(areas) and areas <= OPERATOR_AREAS


def granted(scopes: Iterable[str]) -> frozenset[str]:
    """Return what scopes allow: read_write includes read, none allows nothing."""
    allowed: set[str] = set()
    for scope in scopes:
        area, _, level = scope.partition(":")
        if level != "none":
            allowed.add(f"{area}:read")
        if level == "read_write":
            allowed.add(scope)
    return frozenset(allowed)


class Wish(NamedTuple):
    """What the ``scope`` parameter of public/auth asks for.

    scopes: None where it names none, which asks for all of the key's. session: name of a session
    that outlives the connection, None for the connection's own. expires_s: None for the longest.
    """

    scopes: tuple[str, ...] | None
    session: str | None
    expires_s: int | None


def parse_wish(text: str) -> Wish:
    """Parse ``session:NAME expires:SECONDS trade:read …``; raises RpcError -32602."""
    levels: list[str] = []
    session: str | None = None
    expires_s: int | None = None
    for word in text.split():
        name, _, value = word.partition(":")
        if word in ("connection", "mainaccount"):
            continue
        if name == "session":
            if not 0 < len(value) <= MAX_NAME_CHARACTERS:
                raise invalid_params("scope", f"session name of 1 to {MAX_NAME_CHARACTERS} letters")
            session = value
        elif name == "expires":
            if not (value.isascii() and value.isdigit() and 0 < len(value) < 10 and int(value)):
                raise invalid_params("scope", "expires is not a number of seconds above 0")
            expires_s = int(value)
        else:
            levels.append(word)
    try:
        scopes = checked(levels) if levels else None
    except ScopeError as error:
        raise invalid_params("scope", str(error)) from error
    return Wish(scopes, session, expires_s)


def narrowed(wanted: tuple[str, ...] | None, held: tuple[str, ...]) -> tuple[str, ...]:
    """Return the wanted scopes as far as the key holds them; a wanted write falls back to read."""
    if wanted is None:
        return held
    allowed = granted(held)
    kept: set[str] = set()
    for scope in wanted:
        area, _, level = scope.partition(":")
        if scope in allowed:
            kept.add(scope)
        elif level == "read_write" and f"{area}:read" in allowed:
            kept.add(f"{area}:read")
    return tuple(sorted(kept))
