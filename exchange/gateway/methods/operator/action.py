"""How an operator's method becomes an action: who and why in front of its commands, one answer behind."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import msgspec
from msgspec import Meta

from exchange.core.actions import MAX_REASON, Action, is_sound
from exchange.core.commands import Command
from exchange.core.layout import EVENT_TAG, CommandKind, Reason
from exchange.gateway.errors import RpcError, invalid_params
from exchange.gateway.methods.outcomes import rejection
from exchange.gateway.methods.reasons import REFUSALS
from exchange.gateway.rpc import Context, Sequenced, method
from marketdata.messages import milliseconds

if TYPE_CHECKING:
    from exchange.venue import Outcome

READ = "operator:read"
WRITE = "operator:read_write"
NS_PER_S = 1_000_000_000

ReasonText = Annotated[
    str, Meta(min_length=1, max_length=MAX_REASON, description="Why, for the audit trail")
]
HoldSeconds = Annotated[
    int, Meta(ge=0, le=604_800, description="How long the venue's own prints or marks stay away")
]
DEFAULT_HOLD_S = 60


class Reasoned(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What every operator's change says: why."""

    reason: ReasonText


class Operation(msgspec.Struct, frozen=True):
    """What a change asks for: commands, and what their outcomes, in the same order, answer.

    holds: for each command what it holds for hold_s seconds; empty where nothing is held.
    """

    commands: list[Command]
    answer: Callable[[Sequence[Outcome]], dict[str, Any]]
    holds: tuple[str, ...] = ()
    hold_s: int = 0


ParamsT = TypeVar("ParamsT", bound=Reasoned)
Handler = Callable[[Context, ParamsT], Operation]


def operation(name: str, *, amount: str = "amount") -> Callable[[Handler[Any]], Handler[Any]]:
    """Register a handler of an operator's change, ``(context, params)`` to an Operation.

    Its params derive from Reasoned. amount: the parameter that the core's reasons call an amount. The
    answer gets ``seq`` and ``timestamp`` of the action; where the core refuses every command, the first
    refusal is the answer.
    """

    def register(handler: Handler[Any]) -> Handler[Any]:
        @functools.wraps(handler)
        def act(context: Context, params: Reasoned) -> Sequenced:
            asked = handler(context, params)
            first = _action(context, name, params, asked)

            def respond(outcomes: list[Outcome]) -> dict[str, Any]:
                taken, *own = outcomes
                refusals = [row for outcome in own if (row := rejection(outcome.events))]
                if len(refusals) == len(own):
                    raise refused_operation(refusals[0][EVENT_TAG], amount)
                stamp = {"seq": taken.seq, "timestamp": milliseconds(taken.ts_ns)}
                return {**stamp, **asked.answer(own)}

            return Sequenced([first, *asked.commands], respond)

        method(name, scope=WRITE)(act)
        return handler

    return register


def _action(context: Context, name: str, params: Reasoned, asked: Operation) -> Command:
    if context.key is None:
        raise RuntimeError(f"{name} was called without a key")
    said = msgspec.to_builtins(params)
    reason = said.pop("reason")
    # An operator counts seconds by the wall clock, whatever rate the market runs at.
    hold_ns = context.venue.clock.span_ns(asked.hold_s * NS_PER_S)
    action = Action(
        operator=context.key.account,
        key=context.key.client_id,
        method=name,
        reason=reason,
        params={field: value for field, value in said.items() if value is not None},
        holds=asked.holds,
        hold_until_ns=context.now_ns + hold_ns if asked.hold_s else 0,
    )
    if not is_sound(action, len(asked.commands)):
        raise invalid_params("reason", "must say why in printable characters")
    text = msgspec.json.encode(action).decode()
    return Command(CommandKind.ACTION, qty_lots=len(asked.commands), text=text)


def refused_operation(reason: int, amount: str) -> RpcError:
    """Return the error of an operator's command that the core rejected, with the reason's own name."""
    refusal = REFUSALS[reason]
    param = amount if refusal.param == "amount" else refusal.param
    return RpcError.named(
        refusal.message, refusal.reason, param, venue_reason=Reason(reason).name.lower()
    )
