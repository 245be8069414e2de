"""private/set_self_trading_config: what an account's orders do when they meet its own, or a subaccount's.

Source: Deribit API v2. Who is whose subaccount: ``exchange.core.hierarchy``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import msgspec
from msgspec import Meta

from exchange.core import hierarchy
from exchange.core.commands import Command
from exchange.core.core import Core
from exchange.core.layout import EVENT_TAG, CommandKind
from exchange.gateway.methods.order_terms import chosen
from exchange.gateway.methods.outcomes import rejection
from exchange.gateway.methods.reasons import refused
from exchange.gateway.rpc import Context, Sequenced, method
from matching.layout import OWNER_GROUP, Prevention

if TYPE_CHECKING:
    from exchange.venue import Outcome

MODES: dict[str, int] = {
    "none": int(Prevention.NONE),
    "reject_taker": int(Prevention.CANCEL_AGGRESSOR),
    "cancel_maker": int(Prevention.CANCEL_RESTING),
    "cancel_both": int(Prevention.CANCEL_BOTH),
    "decrement": int(Prevention.DECREMENT),
}
"""The dialect's words for what its config asks for; Deribit has the second and third."""
MODE_NAMES: dict[int, str] = {mode: name for name, mode in MODES.items()}

ModeName = Annotated[str, Meta(max_length=32, extra_json_schema={"enum": list(MODES)})]


class SelfTradingParams(msgspec.Struct, forbid_unknown_fields=True):
    """mode: what orders ask for that say nothing themselves; extended: whom they must not meet."""

    mode: ModeName
    extended_to_subaccounts: bool


def config_of(core: Core, account: int) -> tuple[str, bool]:
    """Return an account's mode, and whether it shares its group with another account."""
    groups = core.books.owners[: len(core.account_names), OWNER_GROUP]
    sharing = int((groups == groups[account]).sum())
    return MODE_NAMES[core.preventions.get(account, 0)], sharing > 1


@method("private/set_self_trading_config", scope="trade:read_write")
def set_self_trading_config(context: Context, params: SelfTradingParams) -> Sequenced:
    """Set what the account's orders do when they meet its own, and whether its subaccounts' count as such.

    It holds for orders and quotes that are sent after the answer; an order's own self_trade_prevention
    goes before it.
    """
    core, account = context.venue.core, context.account
    mode: int = chosen(MODES, params.mode, "mode")
    group = hierarchy.firm_of(core, account) if params.extended_to_subaccounts else account
    commands = [
        Command(CommandKind.SET_GROUP, account, qty_lots=group),
        Command(CommandKind.SET_PREVENTION, account, qty_lots=mode),
    ]

    def respond(outcomes: list[Outcome]) -> str:
        for outcome in outcomes:
            row = rejection(outcome.events)
            if row is not None:
                raise refused(row[EVENT_TAG])
        return "ok"

    return Sequenced(commands, respond)
