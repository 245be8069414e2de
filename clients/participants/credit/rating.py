"""A rating-like letter for a tranche: its expected loss over its life, as an agency would order it.

Expected loss = Σ over the periods of P(the offtaker defaults in it) × loss given default × discount
factor, as a part of the balance. The letter is the best grade whose unsecured loan over the same
life, of which ``UNSECURED_RECOVERY`` comes back, would lose no less: a scale made of the grades
themselves (``grades``), where agencies have tables of their own. When the lease ends there is no
offtaker to rate and the letter is withdrawn.
"""

from __future__ import annotations

from collections.abc import Sequence

from clients.participants.contract_months import MONTHS_A_YEAR
from clients.participants.credit.grades import CREDIT, Grade, survival

UNSECURED_RECOVERY = 0.45
"""Of a senior unsecured loan; a default, not a published value."""


def expected_loss(
    balances: Sequence[float],
    recoveries: Sequence[float],
    default_ppm: int,
    rate_a_year: float,
    periods_a_year: int = MONTHS_A_YEAR,
) -> float:
    """Return the expected loss as a part of the first balance; 0 without one.

    balances: owed at the beginning of each period to come. recoveries: what the tranche would get of
    the collateral if the offtaker defaulted in it. Both in one unit. A loss is discounted from the end
    of its period. Raises ValueError where the two differ in length.
    """
    if len(balances) != len(recoveries):
        raise ValueError(f"recoveries: {len(recoveries)} values beside {len(balances)} balances")
    if not balances or balances[0] <= 0:
        return 0.0
    lost = 0.0
    for period, (balance, recovery) in enumerate(zip(balances, recoveries, strict=True)):
        begin, end = period / periods_a_year, (period + 1) / periods_a_year
        gone = survival(default_ppm, begin) - survival(default_ppm, end)
        lost += gone * max(0.0, balance - recovery) / (1 + rate_a_year) ** end
    return lost / balances[0]


def letter(loss: float, years: float) -> Grade | None:
    """Return the grade of an expected loss over a life, None (withdrawn) where none is left."""
    if years <= 0:
        return None
    for grade, credit in CREDIT.items():
        gone = 1 - survival(credit.default_ppm, years)
        if loss <= gone * (1 - UNSECURED_RECOVERY):
            return grade
    return Grade.CCC
