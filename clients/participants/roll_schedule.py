"""Which months a fund holds on a day: a published roll, some days before expiry over some days.

The roll of the large commodity indices works so (S&P GSCI Methodology: the fifth to the ninth business
day of the month, a fifth a day). Here days are counted back from expiry.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from marketdata.days import NS_PER_DAY


class RollSchedule(msgspec.Struct, frozen=True, kw_only=True):
    """The roll begins ``begin_days`` before expiry and takes ``length_days``, an equal part each day.

    Raises ValueError where it would not be over by expiry.
    """

    begin_days: int = 10
    length_days: int = 5

    def __post_init__(self) -> None:
        """Raise ValueError for a roll without length or one that ends after expiry."""
        if self.length_days < 1:
            raise ValueError(f"length_days: {self.length_days} is not at least 1")
        if self.begin_days < self.length_days:
            raise ValueError(f"begin_days: {self.begin_days} is less than {self.length_days}")

    def rolled(self, expiry_ns: int, now_ns: int) -> float:
        """Return the part of the expiring month that should be in the next one by now, 0 to 1."""
        begin_ns = expiry_ns - self.begin_days * NS_PER_DAY
        if now_ns < begin_ns:
            return 0.0
        days = (now_ns - begin_ns) // NS_PER_DAY + 1
        return min(1.0, days / self.length_days)

    def weights(self, expiries_ns: Sequence[int], now_ns: int) -> list[float]:
        """Return the part of the exposure in each month, nearest first; they sum to 1 where any is."""
        left, weights = 1.0, []
        for place, expiry_ns in enumerate(expiries_ns):
            last = place == len(expiries_ns) - 1
            part = left if last else left * (1.0 - self.rolled(expiry_ns, now_ns))
            weights.append(part)
            left -= part
        return weights
