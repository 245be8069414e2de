"""The matching floor's reasons have each a word of the core's."""

from __future__ import annotations

import pytest

from exchange.core.layout import Reason
from exchange.core.reasons import REASONS
from matching.layout import Reason as FloorReason

OTHERWISE = {
    FloorReason.UNKNOWN_BOOK: Reason.UNKNOWN_INSTRUMENT,
    FloorReason.UNKNOWN_OWNER: Reason.UNKNOWN_ACCOUNT,
    FloorReason.INVALID_TERMS: Reason.INVALID_INSTRUCTION,
    FloorReason.NOT_OPEN: Reason.INSTRUMENT_NOT_OPEN,
    FloorReason.BOOK_EXPIRED: Reason.EXPIRED,
    FloorReason.REFUSED: Reason.INSUFFICIENT_MARGIN,
}


@pytest.mark.parametrize("reason", FloorReason)
def test_a_reason_keeps_its_name_where_the_core_has_none_of_its_own(reason: FloorReason) -> None:
    told = Reason(REASONS[reason])
    assert told == OTHERWISE.get(reason, told)
    assert reason in OTHERWISE or told.name == reason.name


def test_numbers_that_no_reason_has_mean_nothing() -> None:
    unused = set(range(len(REASONS))) - set(FloorReason)
    assert unused
    assert {REASONS[number] for number in unused} == {Reason.NONE}
