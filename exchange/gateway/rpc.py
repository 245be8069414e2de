"""The registry of methods: what a method declares, what it is given and what it may answer."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias, TypeVar

import msgspec

from exchange.core.commands import Command
from exchange.gateway.scopes import OPERATOR_AREAS

if TYPE_CHECKING:
    from exchange.gateway.auth import Authenticator
    from exchange.gateway.keys import Key
    from exchange.gateway.session import Session
    from exchange.venue import Outcome, Venue


class NoParams(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Parameters of a method that takes none."""


Respond: TypeAlias = Callable[[list["Outcome"]], object]


class Sequenced(msgspec.Struct, frozen=True, gc=False):
    """A handler's way to say: sequence these commands, then answer with what ``respond`` returns.

    respond: called once on the event loop, with one outcome a command in the same order, after all
    are durable and applied; it may raise RpcError.
    """

    commands: list[Command]
    respond: Respond


class Context:
    """Who asks, of which venue, and when.

    account: core account number of the authenticated key, -1 without one (only in public methods).
    key: the authenticated key. session: the WebSocket connection, None over HTTP.
    now_ns: when the request came by the market's clock, UTC nanoseconds; wall_ns: by the wall clock,
    the same where it is not given. authenticator: checks further credentials.
    """

    __slots__ = ("account", "authenticator", "key", "now_ns", "session", "venue", "wall_ns")

    def __init__(
        self,
        session: Session | None,
        venue: Venue,
        account: int,
        key: Key | None,
        now_ns: int,
        authenticator: Authenticator | None = None,
        wall_ns: int | None = None,
    ) -> None:
        self.session = session
        self.venue = venue
        self.account = account
        self.key = key
        self.now_ns = now_ns
        self.wall_ns = now_ns if wall_ns is None else wall_ns
        self.authenticator = authenticator


Handler: TypeAlias = Callable[[Context, Any], "object | Sequenced | Awaitable[object]"]
HandlerT = TypeVar("HandlerT", bound=Handler)

MATCHING_SCOPE = "trade:read_write"
"""Methods of this scope draw on the matching engine's allowance, all others on the general one."""


class Method(NamedTuple):
    """One method of the dialect.

    scope: what the key must grant; None for a public method. cost: tokens of the rate limit.
    """

    name: str
    params: type[msgspec.Struct]
    scope: str | None
    handler: Handler
    summary: str
    description: str
    cost: float
    matching: bool
    decode: Callable[[msgspec.Raw], Any]


METHODS: dict[str, Method] = {}
"""Every registered method by its full name, such as ``private/buy``."""


def method(
    name: str, *, scope: str | None = None, cost: float = 1.0
) -> Callable[[HandlerT], HandlerT]:
    """Register a handler ``(context, params)``; its params annotation must be a msgspec Struct.

    Raises TypeError on a handler of another shape, ValueError on a name that is taken, on a private
    or operator's method without a scope, or a public one with.
    """
    place = name.partition("/")[0]
    if place not in ("public", "private", "operator"):
        raise ValueError(f"{name}: begins with neither public/, private/ nor operator/")
    if (place != "public") != (scope is not None):
        raise ValueError(f"{name}: private and operator's methods have a scope, public ones none")
    if (place == "operator") != ((scope or "").partition(":")[0] in OPERATOR_AREAS):
        raise ValueError(f"{name}: an operator's method has an operator's scope, no other has")

    def register(handler: HandlerT) -> HandlerT:
        if name in METHODS:
            raise ValueError(f"{name} is registered twice")
        params = _params_type(handler)
        summary, _, description = (inspect.getdoc(handler) or name).partition("\n")
        METHODS[name] = Method(
            name,
            params,
            scope,
            handler,
            summary,
            description.strip(),
            cost,
            scope == MATCHING_SCOPE,
            msgspec.json.Decoder(params).decode,
        )
        return handler

    return register


def _params_type(handler: Handler) -> type[msgspec.Struct]:
    parameters = list(inspect.signature(handler).parameters.values())
    name = getattr(handler, "__qualname__", repr(handler))
    if len(parameters) != 2:
        raise TypeError(f"{name} does not take (context, params)")
    annotation = parameters[1].annotation
    if isinstance(annotation, str):
        # Only this one is resolved: the others may be imported for the type checker alone.
        annotation = eval(annotation, vars(inspect.getmodule(handler)))
    if not (isinstance(annotation, type) and issubclass(annotation, msgspec.Struct)):
        raise TypeError(f"{name}: params is not a msgspec.Struct")
    if not annotation.__struct_config__.forbid_unknown_fields:
        raise TypeError(f"{annotation.__qualname__} does not forbid unknown fields")
    return annotation
