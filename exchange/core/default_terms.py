"""How a default is managed: the size and pace of its slices, and when which layer steps in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from exchange.core import layout as at
from exchange.core.layout import Reason
from exchange.core.replies import MAX_TIME_NS, Row, rejected

if TYPE_CHECKING:
    from exchange.core.core import Core

PPM = 1_000_000
MAX_STEPS = 1_000
MAX_STEP_NS = 86_400 * 1_000_000_000


class DefaultTerms(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The rules of close-outs; the text of a SET_MARGIN_TERMS command. The defaults are ours, not published.

    slice_ppm: share of a position that one step offers to the book. step_ns: time between two steps of one
    account. patience_steps: after so many steps in a row that closed nothing, the waterfall's layers may
    pay for a worse price. deleveraging_steps: after so many (or patience_steps, with empty layers) the
    rest of the position is closed against its counterparties.
    """

    slice_ppm: int = 250_000
    step_ns: int = 1_000_000_000
    patience_steps: int = 3
    deleveraging_steps: int = 10

    @property
    def is_sound(self) -> bool:
        """Say whether every value is within its bounds."""
        return (
            0 < self.slice_ppm <= PPM
            and 0 < self.step_ns <= MAX_STEP_NS
            and 0 <= self.patience_steps <= self.deleveraging_steps <= MAX_STEPS
        )


def set_margin_terms(core: Core, row: Row, text: str) -> list[Row]:
    """Set how long an account has to meet a margin call, and by the text how a default is managed.

    Calls that were made keep their deadline; an empty text leaves the DefaultTerms as they are.
    """
    call_ns, terms = row[at.COMMAND_AMOUNT_MICROS], core.default_terms
    if not 0 <= call_ns <= MAX_TIME_NS:
        return rejected(row, Reason.INVALID_AMOUNT)
    if text:
        try:
            terms = msgspec.json.decode(text, type=DefaultTerms)
        except msgspec.DecodeError:
            return rejected(row, Reason.INVALID_SPEC)
        if not terms.is_sound:
            return rejected(row, Reason.INVALID_SPEC)
    core.default_terms = terms
    core.venue[at.VENUE_CALL_NS] = call_ns
    return []
