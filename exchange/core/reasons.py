"""The matching floor's reasons in the core's words."""

from __future__ import annotations

from exchange.core.layout import Reason
from matching.layout import Reason as FloorReason

_NAMES = {
    FloorReason.UNKNOWN_BOOK: Reason.UNKNOWN_INSTRUMENT,
    FloorReason.UNKNOWN_OWNER: Reason.UNKNOWN_ACCOUNT,
    FloorReason.INVALID_TERMS: Reason.INVALID_INSTRUCTION,
    FloorReason.NOT_OPEN: Reason.INSTRUMENT_NOT_OPEN,
    FloorReason.BOOK_EXPIRED: Reason.EXPIRED,
    FloorReason.REFUSED: Reason.INSUFFICIENT_MARGIN,
}
"""Where the two floors call it differently; every other name is the same on both."""


def _core_reason(reason: int) -> int:
    if reason not in list(FloorReason):
        return 0
    named = FloorReason(reason)
    return int(_NAMES.get(named) or Reason[named.name])


REASONS = tuple(_core_reason(reason) for reason in range(max(FloorReason) + 1))
"""The core's reason by the floor's number."""
