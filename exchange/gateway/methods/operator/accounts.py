"""operator/open_account, transfer, move, set_account_limits, list_accounts."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any, Literal

import msgspec
import numpy as np
from msgspec import Meta

from exchange.config import DEFAULT_MAX_ORDERS
from exchange.core import hierarchy
from exchange.core.commands import Command
from exchange.core.layout import (
    ACCOUNT_CASH_MICROS,
    ACCOUNT_INITIAL_MICROS,
    ACCOUNT_MAINTENANCE_MICROS,
    ACCOUNT_MAX_ORDERS,
    ACCOUNT_OPEN,
    ACCOUNT_ORDERS,
    ACCOUNT_STATUS,
    POSITION_RESTRICTED,
    AccountStatus,
    CommandKind,
    Permission,
)
from exchange.core.operations import MAX_TRANSFER_MICROS
from exchange.gateway.errors import RpcError, invalid_params
from exchange.gateway.methods.operator.action import READ, Operation, Reasoned, operation
from exchange.gateway.methods.operator.selection import AccountName, account_named, micros
from exchange.gateway.methods.params import Count, Offset
from exchange.gateway.rpc import Context, method
from marketdata.messages import dollars
from matching.layout import MAX_ORDERS

if TYPE_CHECKING:
    from exchange.venue import Outcome

NewName = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=32,
        pattern=r"^[A-Za-z0-9._-]*$",
        description="Letters, digits, dots, underscores and hyphens",
    ),
]
MaxOrders = Annotated[int, Meta(ge=1, le=MAX_ORDERS, description="Open orders it may have")]
Dollars = Annotated[Decimal, Meta(description="Dollars, to the micro-dollar")]
AccountState = Literal["any", "sound", "called", "closing_out"]


class OpenAccountParams(Reasoned):
    """A new account."""

    name: NewName
    deposit: Dollars = Decimal(0)
    max_orders: MaxOrders = DEFAULT_MAX_ORDERS
    belongs_to: AccountName | None = None


class TransferParams(Reasoned):
    """Money into an account, or out of it where the amount is negative."""

    account: AccountName
    amount: Dollars


class MoveParams(Reasoned):
    """Money from one account of a firm to another."""

    account: AccountName
    to_account: AccountName
    amount: Dollars


class LimitsParams(Reasoned):
    """What an account may have."""

    account: AccountName
    max_orders: MaxOrders


class AccountsParams(msgspec.Struct, forbid_unknown_fields=True):
    """Accounts in the order of their opening."""

    state: AccountState = "any"
    count: Count = 100
    offset: Offset = 0


@operation("operator/open_account", amount="deposit")
def open_account(context: Context, params: OpenAccountParams) -> Operation:
    """Open an account with a first deposit; it has no key yet."""
    venue = context.venue
    if params.name in venue.core.account_numbers:
        raise RpcError.named("other_reject", f"an account {params.name} is open", "name")
    deposit = micros(params.deposit, MAX_TRANSFER_MICROS, "deposit")
    if deposit < 0:
        raise invalid_params("deposit", "must not be negative")
    parent = hierarchy.NO_PARENT
    if params.belongs_to is not None:
        parent = account_named(venue, params.belongs_to, "belongs_to")
        if len(hierarchy.line_of(venue.core, parent)) >= hierarchy.MAX_DEPTH:
            raise invalid_params("belongs_to", "is a sub-account, which has none of its own")

    def answer(outcomes: Sequence[Outcome]) -> dict[str, Any]:
        number = venue.core.account_numbers[params.name]
        row, owner = venue.core.account(number), venue.core.parents[number]
        return {
            "account": params.name,
            "id": number,
            "deposit": dollars(deposit),
            "belongs_to": None if owner < 0 else venue.core.account_names[owner],
            "stopped": bool(int(row[ACCOUNT_OPEN]) & Permission.STOPPED),
        }

    command = Command(
        CommandKind.OPEN_ACCOUNT,
        instrument=parent,
        qty_lots=params.max_orders,
        amount_micros=deposit,
        text=params.name,
    )
    return Operation([command], answer)


@operation("operator/transfer")
def transfer(context: Context, params: TransferParams) -> Operation:
    """Deposit into an account, or withdraw what its margin lets go."""
    account = account_named(context.venue, params.account)
    amount = micros(params.amount, MAX_TRANSFER_MICROS, "amount")
    if amount == 0:
        raise invalid_params("amount", "must not be 0")
    core = context.venue.core

    def answer(outcomes: Sequence[Outcome]) -> dict[str, Any]:
        equity = int(core.account(account)[ACCOUNT_CASH_MICROS])
        return {"account": params.account, "amount": dollars(amount), "equity": dollars(equity)}

    return Operation([Command(CommandKind.TRANSFER, account, amount_micros=amount)], answer)


@operation("operator/move")
def move(context: Context, params: MoveParams) -> Operation:
    """Move money between two accounts of a firm, as far as the first one's margin lets it go."""
    core = context.venue.core
    source = account_named(context.venue, params.account)
    target = account_named(context.venue, params.to_account, "to_account")
    amount = micros(params.amount, hierarchy.MAX_MOVE_MICROS, "amount")
    if amount <= 0:
        raise invalid_params("amount", "must be above 0")
    if source == target:
        raise invalid_params("to_account", "must be another account")

    def answer(outcomes: Sequence[Outcome]) -> dict[str, Any]:
        equities = [int(core.account(n)[ACCOUNT_CASH_MICROS]) for n in (source, target)]
        return {
            "account": params.account,
            "to_account": params.to_account,
            "amount": dollars(amount),
            "equity": dollars(equities[0]),
            "to_equity": dollars(equities[1]),
        }

    moved = Command(CommandKind.MOVE, source, qty_lots=target, amount_micros=amount)
    return Operation([moved], answer)


@operation("operator/set_account_limits", amount="max_orders")
def set_account_limits(context: Context, params: LimitsParams) -> Operation:
    """Set how many open orders an account may have; those beyond it stay until they end."""
    account = account_named(context.venue, params.account)
    return Operation(
        [Command(CommandKind.SET_ACCOUNT_LIMITS, account, qty_lots=params.max_orders)],
        lambda outcomes: {"account": params.account, "max_orders": params.max_orders},
    )


def _account_fields(context: Context, number: int) -> dict[str, Any]:
    core = context.venue.core
    row, parent = core.account(number).tolist(), core.parents[number]
    bars = np.flatnonzero(core.positions[number, :, POSITION_RESTRICTED]).tolist()
    return {
        "account": core.account_names[number],
        "id": number,
        "belongs_to": None if parent == hierarchy.NO_PARENT else core.account_names[parent],
        "state": AccountStatus(row[ACCOUNT_STATUS]).name.lower(),
        "equity": dollars(row[ACCOUNT_CASH_MICROS]),
        "initial_margin": dollars(row[ACCOUNT_INITIAL_MICROS]),
        "maintenance_margin": dollars(row[ACCOUNT_MAINTENANCE_MICROS]),
        "open_orders": row[ACCOUNT_ORDERS],
        "max_orders": row[ACCOUNT_MAX_ORDERS],
        "stopped": bool(row[ACCOUNT_OPEN] & Permission.STOPPED),
        "restricted": [core.specs[instrument].name for instrument in bars],
    }


@method("operator/list_accounts", scope=READ)
def list_accounts(context: Context, params: AccountsParams) -> dict[str, Any]:
    """Return equity, margins and state of accounts."""
    numbers = range(len(context.venue.core.account_names))
    fields = (_account_fields(context, number) for number in numbers)
    found = [one for one in fields if params.state in ("any", one["state"])]
    end = params.offset + params.count
    return {
        "accounts": found[params.offset : end],
        "total": len(found),
        "has_more": end < len(found),
    }
