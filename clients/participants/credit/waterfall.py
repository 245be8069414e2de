"""The waterfall: in which order a vehicle's cash of one period is paid, to the micro-dollar.

Costs, senior interest, senior principal, junior interest, junior principal, the reserve; what is
left goes to the owners, or is locked up, or prepays the loan, as the covenants stand. Cash in equals
cash out: ``Paid.total_micros`` is what came in.
"""

from __future__ import annotations

import msgspec

from clients.participants.credit.covenants import Rung


class CashIn(msgspec.Struct, frozen=True, kw_only=True):
    """Cash of one period in micro-dollars, none negative.

    reserve_micros, trapped_micros: what the reserve and the lock-up account held before.
    """

    revenue_micros: int
    reserve_micros: int = 0
    trapped_micros: int = 0
    injected_micros: int = 0
    """From the owners."""
    sold_micros: int = 0
    """From sales of collateral: it prepays the loan once the period's claims are paid."""

    @property
    def total_micros(self) -> int:
        """All of it."""
        return (
            self.revenue_micros
            + self.reserve_micros
            + self.trapped_micros
            + self.injected_micros
            + self.sold_micros
        )


class Due(msgspec.Struct, frozen=True, kw_only=True):
    """What is due in one period, and what is owed in all; principal is within the balance."""

    costs_micros: int
    senior_interest_micros: int
    senior_principal_micros: int
    junior_interest_micros: int
    junior_principal_micros: int
    senior_balance_micros: int
    junior_balance_micros: int

    @property
    def service_micros(self) -> int:
        """Debt service: interest and principal of both tranches."""
        return (
            self.senior_interest_micros
            + self.senior_principal_micros
            + self.junior_interest_micros
            + self.junior_principal_micros
        )


class Paid(msgspec.Struct, frozen=True, kw_only=True):
    """Where the cash of one period went, in micro-dollars."""

    costs_micros: int
    senior_interest_micros: int
    senior_principal_micros: int
    junior_interest_micros: int
    junior_principal_micros: int
    senior_prepaid_micros: int
    junior_prepaid_micros: int
    reserve_micros: int
    """Held in the reserve afterwards."""
    trapped_micros: int
    """Held in the lock-up account afterwards."""
    owners_micros: int

    @property
    def total_micros(self) -> int:
        """All of it."""
        return sum(getattr(self, field) for field in self.__struct_fields__)

    @property
    def service_micros(self) -> int:
        """Debt service that was paid, without prepayments."""
        return (
            self.senior_interest_micros
            + self.senior_principal_micros
            + self.junior_interest_micros
            + self.junior_principal_micros
        )


def distribute(cash: CashIn, due: Due, rung: Rung, reserve_target_micros: int) -> Paid:
    """Return where the cash goes.

    From a sweep on, what is left prepays the senior and then the junior tranche, and so does what
    the owners pay in or a sale brings at any rung; the owners get the rest only when the ladder is
    clear or no debt is left.
    """
    left = cash.total_micros

    def pay(amount_micros: int) -> int:
        nonlocal left
        paid = min(left, amount_micros)
        left -= paid
        return paid

    costs = pay(due.costs_micros)
    senior_interest = pay(due.senior_interest_micros)
    senior_principal = pay(due.senior_principal_micros)
    junior_interest = pay(due.junior_interest_micros)
    junior_principal = pay(due.junior_principal_micros)
    reserve = pay(reserve_target_micros)
    meant = left if rung >= Rung.SWEEP else min(left, cash.injected_micros + cash.sold_micros)
    senior_prepaid = min(meant, due.senior_balance_micros - senior_principal)
    junior_prepaid = min(meant - senior_prepaid, due.junior_balance_micros - junior_principal)
    left -= senior_prepaid + junior_prepaid
    owed = due.senior_balance_micros + due.junior_balance_micros
    owed -= senior_principal + junior_principal + senior_prepaid + junior_prepaid
    trapped = pay(left) if rung >= Rung.LOCK_UP and owed else 0
    if not owed:
        # Without debt there is nobody to hold a reserve for.
        left, reserve = left + reserve, 0
    return Paid(
        costs_micros=costs,
        senior_interest_micros=senior_interest,
        senior_principal_micros=senior_principal,
        junior_interest_micros=junior_interest,
        junior_principal_micros=junior_principal,
        senior_prepaid_micros=senior_prepaid,
        junior_prepaid_micros=junior_prepaid,
        reserve_micros=reserve,
        trapped_micros=trapped,
        owners_micros=left,
    )
