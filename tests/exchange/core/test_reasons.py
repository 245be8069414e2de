"""Every reason of the matching floor has one in the core, of the same name but for a few."""

from __future__ import annotations

import pytest

from exchange.core.layout import Reason
from exchange.core.reasons import REASONS
from matching.layout import Reason as FloorReason

RENAMED = {
    "UNKNOWN_BOOK": "UNKNOWN_INSTRUMENT",
    "UNKNOWN_OWNER": "UNKNOWN_ACCOUNT",
    "INVALID_TERMS": "INVALID_INSTRUCTION",
    "NOT_OPEN": "INSTRUMENT_NOT_OPEN",
    "BOOK_EXPIRED": "EXPIRED",
    "REFUSED": "INSUFFICIENT_MARGIN",
}


@pytest.mark.parametrize("reason", list(FloorReason))
def test_each_has_its_name_in_the_core(reason: FloorReason) -> None:
    assert Reason(REASONS[reason]).name == RENAMED.get(reason.name, reason.name)


def test_a_refusal_is_never_an_ending_and_no_number_is_missing() -> None:
    for reason in FloorReason:
        ends = reason >= FloorReason.REQUESTED and reason != FloorReason.REFUSED
        assert (REASONS[reason] >= Reason.REQUESTED) == ends
    assert [number for number in range(len(REASONS)) if REASONS[number]] == [
        int(reason) for reason in FloorReason if reason
    ]
