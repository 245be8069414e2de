"""Where an account's market-maker protection stands, by index, as the dialect tells it."""

from __future__ import annotations

from typing import Any

from exchange.core.core import Core
from exchange.core.guards import is_frozen, protection_row
from exchange.gateway.methods.quote_params import MMP_GROUP
from marketdata.messages import NS_PER_MS
from matching.layout import FROZEN_FOR_GOOD, PROTECTION_FROZEN_UNTIL_NS


def families_on(core: Core, index_name: str) -> list[str]:
    """Return the families that settle on an index, in the order of listing."""
    return list(dict.fromkeys(spec.family for spec in core.specs if spec.index == index_name))


def protections_on(core: Core, account: int, index_name: str) -> list[list[int]]:
    """Return the PROTECTION_* rows that an account has in the families on an index."""
    numbers = map(core.family_number, families_on(core, index_name))
    rows = [protection_row(core, account, number) for number in numbers if number is not None]
    return [row for row in rows if row is not None]


def freeze_fields(core: Core, account: int, index_name: str, now_ns: int) -> dict[str, Any] | None:
    """Return until when orders are refused on an index, None where they are not.

    frozen_until: milliseconds, rounded up; 0 until private/reset_mmp.
    """
    frozen = [
        row[PROTECTION_FROZEN_UNTIL_NS]
        for row in protections_on(core, account, index_name)
        if is_frozen(row, now_ns)
    ]
    if not frozen:
        return None
    until_ns = 0 if FROZEN_FOR_GOOD in frozen else max(frozen)
    return {
        "index_name": index_name,
        "mmp_group": MMP_GROUP,
        "frozen_until": -(-until_ns // NS_PER_MS),
    }
