"""private/cancel_all_after: the dead-man timer.

Source of the idea: BitMEX "order/cancelAllAfter", Kraken "cancelallordersafter"; Deribit has none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import msgspec
from msgspec import Meta

from exchange.core.commands import Command
from exchange.core.layout import EVENT_TAG, CommandKind
from exchange.gateway.errors import invalid_params
from exchange.gateway.methods.outcomes import rejection
from exchange.gateway.methods.reasons import refused
from exchange.gateway.rpc import Context, Sequenced, method
from marketdata.messages import NS_PER_MS

if TYPE_CHECKING:
    from exchange.venue import Outcome

MIN_TIMEOUT_MS = 1_000
MAX_TIMEOUT_MS = 86_400_000

Timeout = Annotated[int, Meta(ge=0, le=MAX_TIMEOUT_MS)]


class CancelAllAfterParams(msgspec.Struct, forbid_unknown_fields=True):
    """How long the account's orders may stay unless the timer is set anew; 0 takes it away."""

    timeout_ms: Timeout


@method("private/cancel_all_after", scope="trade:read_write")
def cancel_all_after(context: Context, params: CancelAllAfterParams) -> Sequenced:
    """Cancel all of the account's orders after a time, unless this is sent again before it is over.

    The timer is the account's, whatever connection sent it. It works once, and is part of the log: a
    restart of the exchange keeps it. ``timeout_ms`` is counted by the wall clock, also where the market's
    runs at another rate; the timestamps of the answer are the market's.
    """
    timeout_ms = params.timeout_ms
    if 0 < timeout_ms < MIN_TIMEOUT_MS:
        raise invalid_params("timeout_ms", f"must be 0 or at least {MIN_TIMEOUT_MS}")
    now_ms = context.now_ns // NS_PER_MS
    # The timer guards against a lost connection, so its seconds are the wall clock's at any rate.
    span_ns = context.venue.clock.span_ns(timeout_ms * NS_PER_MS)
    due_ms = now_ms + -(-span_ns // NS_PER_MS) if timeout_ms else None

    def respond(outcomes: list[Outcome]) -> dict[str, Any]:
        row = rejection(outcomes[0].events)
        if row is not None:
            raise refused(row[EVENT_TAG])
        return {"timestamp": now_ms, "cancel_timestamp": due_ms}

    deadline_ns = 0 if due_ms is None else due_ms * NS_PER_MS
    return Sequenced(
        [Command(CommandKind.SET_DEADLINE, context.account, amount_micros=deadline_ns)], respond
    )
