"""private/set_mmp_config, get_mmp_config, reset_mmp, get_mmp_status: market-maker protection.

Source: Deribit API v2. An index stands for the families that settle on it; each counts for itself.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
from msgspec import Meta

from exchange.core.commands import Command
from exchange.core.guards import ProtectionSpec
from exchange.core.layout import EVENT_TAG, CommandKind
from exchange.gateway.errors import invalid_params
from exchange.gateway.methods.index import IndexName
from exchange.gateway.methods.mmp_status import families_on, freeze_fields, protections_on
from exchange.gateway.methods.outcomes import rejection
from exchange.gateway.methods.params import Amount
from exchange.gateway.methods.quantities import lots
from exchange.gateway.methods.quote_params import MMP_GROUP, MmpGroup
from exchange.gateway.methods.reasons import refused
from exchange.gateway.rpc import Context, Sequenced, method
from matching.layout import (
    MAX_QTY_LOTS,
    PROTECTION_DELTA_LIMIT,
    PROTECTION_FROZEN_NS,
    PROTECTION_INTERVAL_NS,
    PROTECTION_QTY_LIMIT_LOTS,
)

if TYPE_CHECKING:
    from exchange.venue import Outcome, Venue

NS_PER_S = 1_000_000_000
MAX_SECONDS = 3_600

Seconds = Annotated[int, Meta(ge=0, le=MAX_SECONDS)]
Hours = Annotated[Decimal, Meta(description="GPU-hours, a whole number from 1")]


class ProtectionParams(msgspec.Struct, forbid_unknown_fields=True):
    """What may trade within an interval before protection trips; interval 0 takes it away.

    interval, frozen_time: seconds; frozen_time 0 freezes until private/reset_mmp. quantity_limit:
    contracts; delta_limit: GPU-hours bought more than sold, or the other way.
    """

    index_name: IndexName
    interval: Seconds
    frozen_time: Seconds
    mmp_group: MmpGroup | None = None
    quantity_limit: Amount | None = None
    delta_limit: Hours | None = None


class ProtectionOfIndexParams(msgspec.Struct, forbid_unknown_fields=True):
    """The protection on one index."""

    index_name: IndexName
    mmp_group: MmpGroup | None = None


class ProtectionsParams(msgspec.Struct, forbid_unknown_fields=True):
    """The protection on one index, or on every one."""

    index_name: IndexName | None = None
    mmp_group: MmpGroup | None = None


def _check_group(group: str | None) -> None:
    if group not in (None, MMP_GROUP):
        raise invalid_params("mmp_group", f"offered: {MMP_GROUP}")


def _families(venue: Venue, index_name: str) -> list[str]:
    """Return the families that settle on an index, in the order of listing."""
    found = families_on(venue.core, index_name)
    if not found:
        names = venue.market.indices()
        raise invalid_params("index_name", f"invalid index; offered: {', '.join(names)}")
    return found


def _hours(limit: Decimal) -> int:
    if (
        not limit.is_finite()
        or not 1 <= limit <= MAX_QTY_LOTS
        or limit != limit.to_integral_value()
    ):
        raise invalid_params(
            "delta_limit", f"must be a whole number of GPU-hours from 1 to {MAX_QTY_LOTS}"
        )
    return int(limit)


@method("private/set_mmp_config", scope="trade:read_write")
def set_mmp_config(context: Context, params: ProtectionParams) -> Sequenced:
    """Set market-maker protection on an index anew: counts begin at nothing, a freeze ends."""
    _check_group(params.mmp_group)
    families = _families(context.venue, params.index_name)
    quantity, delta = params.quantity_limit, params.delta_limit
    if params.interval and quantity is None and delta is None:
        raise invalid_params("quantity_limit", "quantity_limit or delta_limit is required")
    qty_limit_lots = 0 if quantity is None else lots(quantity, name="quantity_limit")
    delta_limit_hours = 0 if delta is None else _hours(delta)
    fields = _fields(
        params.index_name, params.interval, params.frozen_time, qty_limit_lots, delta_limit_hours
    )
    commands = [
        Command(
            CommandKind.SET_PROTECTION,
            context.account,
            text=msgspec.json.encode(
                ProtectionSpec(
                    family=family,
                    interval_ns=params.interval * NS_PER_S,
                    frozen_ns=params.frozen_time * NS_PER_S,
                    qty_limit_lots=qty_limit_lots,
                    delta_limit_hours=delta_limit_hours,
                )
            ).decode(),
        )
        for family in families
    ]

    def respond(outcomes: list[Outcome]) -> dict[str, Any]:
        _raise_refusal(outcomes)
        return fields

    return Sequenced(commands, respond)


@method("private/reset_mmp", scope="trade:read_write")
def reset_mmp(context: Context, params: ProtectionOfIndexParams) -> Sequenced:
    """End a freeze of market-maker protection on an index, and let its counts begin at nothing."""
    _check_group(params.mmp_group)
    commands = [
        Command(CommandKind.RESET_PROTECTION, context.account, text=family)
        for family in _families(context.venue, params.index_name)
    ]

    def respond(outcomes: list[Outcome]) -> str:
        # A family that was listed after the protection was set has none to reset.
        if all(rejection(outcome.events) for outcome in outcomes):
            _raise_refusal(outcomes)
        return "ok"

    return Sequenced(commands, respond)


def _raise_refusal(outcomes: list[Outcome]) -> None:
    for outcome in outcomes:
        row = rejection(outcome.events)
        if row is not None:
            raise refused(row[EVENT_TAG])


@method("private/get_mmp_config", scope="trade:read")
def get_mmp_config(context: Context, params: ProtectionsParams) -> list[dict[str, Any]]:
    """Return the market-maker protection on an index, or on every one that has it."""
    found = []
    for index_name in _indices(context.venue, params):
        rows = protections_on(context.venue.core, context.account, index_name)
        if rows:
            found.append(
                _fields(
                    index_name,
                    rows[0][PROTECTION_INTERVAL_NS] // NS_PER_S,
                    rows[0][PROTECTION_FROZEN_NS] // NS_PER_S,
                    rows[0][PROTECTION_QTY_LIMIT_LOTS],
                    rows[0][PROTECTION_DELTA_LIMIT],
                )
            )
    return found


@method("private/get_mmp_status", scope="trade:read")
def get_mmp_status(context: Context, params: ProtectionsParams) -> list[dict[str, Any]]:
    """Return where market-maker protection has tripped and refuses orders now."""
    core, now_ns = context.venue.core, context.now_ns
    told = [
        freeze_fields(core, context.account, index_name, now_ns)
        for index_name in _indices(context.venue, params)
    ]
    return [fields for fields in told if fields is not None]


def _indices(venue: Venue, params: ProtectionsParams) -> list[str]:
    _check_group(params.mmp_group)
    if params.index_name is None:
        return venue.core.index_names
    _families(venue, params.index_name)
    return [params.index_name]


def _fields(
    index_name: str, interval_s: int, frozen_s: int, qty_limit_lots: int, delta_limit_hours: int
) -> dict[str, Any]:
    limits = {"quantity_limit": qty_limit_lots, "delta_limit": delta_limit_hours}
    return {
        "index_name": index_name,
        "mmp_group": MMP_GROUP,
        "interval": interval_s,
        "frozen_time": frozen_s,
        **{name: limit for name, limit in limits.items() if limit},
    }
