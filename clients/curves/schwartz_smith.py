"""The two-factor model of short-term variation and long-term dynamics.

Source: E. Schwartz and J. E. Smith, "Short-term variations and long-term dynamics in commodity
prices", Management Science 46 (2000) 893-911. The log spot price is χ + ξ: χ reverts to zero,
dχ = −κχ dt + σχ dzχ, and ξ drifts, dξ = μξ dt + σξ dzξ, with correlation ρ. λ is the risk premium of
χ, μ* the drift of ξ less its premium. Times are in years.
"""

from __future__ import annotations

import math

import msgspec


class SchwartzSmith(msgspec.Struct, frozen=True, kw_only=True):
    """Parameters; all but ``chi`` and ``xi`` are constants of the commodity.

    kappa: speed at which χ reverts, a year. sigma_chi, sigma_xi: volatilities a year.
    risk_premium: λ, of χ. drift: μ*, of ξ under the pricing measure.
    """

    kappa: float
    sigma_chi: float
    risk_premium: float
    sigma_xi: float
    drift: float
    rho: float

    def __post_init__(self) -> None:
        """Raise ValueError where a parameter has no meaning."""
        if self.kappa <= 0:
            raise ValueError(f"kappa: {self.kappa} is not above 0")
        if self.sigma_chi < 0 or self.sigma_xi < 0:
            raise ValueError("sigma_chi and sigma_xi are not below 0")
        if not -1 <= self.rho <= 1:
            raise ValueError(f"rho: {self.rho} is no correlation")

    def adjustment(self, years: float) -> float:
        """Return A(T), the part of ln F that does not depend on the state (their equation 9)."""
        decayed = -math.expm1(-self.kappa * years)
        decayed_twice = -math.expm1(-2 * self.kappa * years)
        variance = (
            decayed_twice * self.sigma_chi**2 / (2 * self.kappa)
            + self.sigma_xi**2 * years
            + 2 * decayed * self.rho * self.sigma_chi * self.sigma_xi / self.kappa
        )
        return self.drift * years - decayed * self.risk_premium / self.kappa + variance / 2

    def log_forward(self, chi: float, xi: float, years: float) -> float:
        """Return ln F(T) = e^(−κT)·χ + ξ + A(T) (their equation 9)."""
        return math.exp(-self.kappa * years) * chi + xi + self.adjustment(years)

    def volatility(self, years: float) -> float:
        """Return the volatility a year of a futures price so far from its maturity.

        It is √(e^(−2κT)σχ² + σξ² + 2e^(−κT)ρσχσξ): the nearer, the more volatile.
        """
        decay = math.exp(-self.kappa * years)
        return math.sqrt(
            (decay * self.sigma_chi) ** 2
            + self.sigma_xi**2
            + 2 * decay * self.rho * self.sigma_chi * self.sigma_xi
        )

    def with_slope(self, slope_a_year: float, years: float = 1.0) -> SchwartzSmith:
        """Return the same model with the drift at which ln F(T) − ln S is slope·T for χ = 0."""
        bent = self.adjustment(years) - self.drift * years
        return msgspec.structs.replace(self, drift=slope_a_year - bent / years)


COMPUTE = SchwartzSmith(
    kappa=1.5, sigma_chi=0.25, risk_premium=0.0, sigma_xi=0.20, drift=0.0, rho=0.0
).with_slope(-0.21)
"""A GPU-hour. Defaults, not published values: such that a future of a month moves by 30 % a year and
the curve falls by 19 % in a year, about what H100 futures showed in 2026."""
