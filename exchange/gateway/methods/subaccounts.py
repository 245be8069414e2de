"""private/get_subaccounts: the account and all that belong to it."""

from __future__ import annotations

from typing import Any

import msgspec

from exchange.core import hierarchy
from exchange.gateway.rpc import Context, method
from exchange.views.portfolio import CURRENCY, summary_fields

_PORTFOLIO = (
    "currency",
    "equity",
    "balance",
    "margin_balance",
    "available_funds",
    "available_withdrawal_funds",
    "initial_margin",
    "maintenance_margin",
    "total_pl",
)


class SubaccountsParams(msgspec.Struct, forbid_unknown_fields=True):
    """with_portfolio adds each one's money."""

    with_portfolio: bool = False


@method("private/get_subaccounts", scope="account:read")
def get_subaccounts(context: Context, params: SubaccountsParams) -> list[dict[str, Any]]:
    """Return the account and its subaccounts, theirs included, in the order of their opening."""
    core = context.venue.core
    found = []
    for number in hierarchy.below(core, context.account):
        name, parent = core.account_names[number], core.parents[number]
        fields: dict[str, Any] = {
            "id": number,
            "username": name,
            "system_name": name,
            "type": "main" if parent == hierarchy.NO_PARENT else "subaccount",
            "parent_id": None if parent == hierarchy.NO_PARENT else parent,
            "login_enabled": True,
            "margin_model": "segregated_pm",
        }
        if params.with_portfolio:
            summary = summary_fields(core, number)
            fields["portfolio"] = {
                CURRENCY.lower(): {field: summary[field] for field in _PORTFOLIO}
            }
        found.append(fields)
    return found
