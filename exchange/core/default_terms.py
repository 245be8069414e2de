"""How a default is managed: the size and pace of its slices, and when which layer steps in."""

from __future__ import annotations

import msgspec

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
