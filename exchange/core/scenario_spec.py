"""How one instrument moves in the scenarios of margin, as it is given."""

from __future__ import annotations

import msgspec

from exchange.core import layout as at

PPM = 1_000_000
MAX_SHOCK_PPM = 3 * PPM
"""No scenario moves a price further than this share of the mark."""
MAX_CONCENTRATION_LOTS = 1 << 31


class ScenarioSpec(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How one instrument moves in the scenarios; the text of a SET_SCENARIOS command.

    shocks_ppm: of the mark, positive for a rise, one a scenario. maintenance_ppm: share of each that
    maintenance margin covers. Lots beyond concentration_lots (0: none are) cost concentration_ppm of
    their value at the mark besides.
    """

    shocks_ppm: list[int]
    maintenance_ppm: int
    concentration_lots: int = 0
    concentration_ppm: int = 0

    @property
    def is_sound(self) -> bool:
        """Say whether every value is within its bounds."""
        return (
            len(self.shocks_ppm) == at.SCENARIOS
            and all(abs(shock) <= MAX_SHOCK_PPM for shock in self.shocks_ppm)
            and 0 < self.maintenance_ppm <= PPM
            and 0 <= self.concentration_lots <= MAX_CONCENTRATION_LOTS
            and 0 <= self.concentration_ppm <= PPM
        )
