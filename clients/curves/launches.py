"""A new generation of accelerators as a jump of the incumbent's price that the curve foresees.

A launch multiplies the price by e^J, J normal. Where it is uncertain whether one comes before the
contract's fixings the forward is multiplied by the expected factor; where launches come at a constant
rate the expectation is that of a compound Poisson process. Source: R. C. Merton, "Option pricing when
underlying stock returns are discontinuous", Journal of Financial Economics 3 (1976) 125-144.
"""

from __future__ import annotations

import math

import msgspec


class Launch(msgspec.Struct, frozen=True, kw_only=True):
    """The jump of ln price at a launch, normal; defaults are priors, not published values."""

    mean: float = -0.22
    deviation: float = 0.10

    @property
    def factor(self) -> float:
        """What the price is multiplied by on average, E[e^J] = exp(m + s²/2)."""
        return math.exp(self.mean + self.deviation**2 / 2)

    def expected_factor(self, probability: float) -> float:
        """Return the factor of a forward where a launch comes before its fixings so probably.

        Raises ValueError for what is no probability.
        """
        if not 0 <= probability <= 1:
            raise ValueError(f"probability: {probability} is not in [0, 1]")
        return 1 + probability * (self.factor - 1)

    def expected_log_factor(self, rate_a_year: float, years: float) -> float:
        """Return ln of the factor where launches come at a rate: rate · years · (E[e^J] − 1)."""
        return rate_a_year * years * (self.factor - 1)

    def variance(self, rate_a_year: float, years: float) -> float:
        """Return the variance that launches at a rate add to ln price: rate · years · E[J²]."""
        return rate_a_year * years * (self.mean**2 + self.deviation**2)
