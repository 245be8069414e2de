"""How participants live in the rental economy: who joins it as what, and how their acts reach it.

Whoever runs an economy beside the exchange calls ``join`` once for each participant, and then day by
day gives each ``statement`` to its trader and carries the acts of the actors out.
"""

from __future__ import annotations

from collections.abc import Iterable

from clients.economy.day import EconomyDay
from clients.economy.economy import Economy
from clients.economy.shocks import ListCut as CutLists
from clients.economy.statements import RentalDay
from clients.participants.acts import Act, FleetChange
from clients.participants.ai_lab import DAYS_A_MONTH, AiLab
from clients.participants.hyperscaler import Hyperscaler
from clients.participants.lease_token import LeaseToken
from clients.participants.loan_vehicle import LoanVehicle
from clients.participants.neocloud import Neocloud
from clients.trader import Trader


def join(economy: Economy, trader: Trader) -> bool:
    """Make a participant a member of an economy, and return whether it has a place there.

    A lab needs its GPU-hours at any price; a neocloud, a lease token's issuer, a loan vehicle and a
    hyperscaler own their fleets. Raises ValueError where the economy does not know the underlying
    or the name is taken.
    """
    match trader:
        case AiLab():
            if trader.params.gpu_hours > 0:
                needs = {trader.params.underlying: trader.params.gpu_hours / DAYS_A_MONTH}
                economy.add_customer(trader.name, needs)
                return True
        case Neocloud() | LeaseToken() | LoanVehicle():
            gpus = round(trader.params.fleet_gpus)
            if gpus > 0:
                economy.add_provider(trader.name, {trader.params.underlying: gpus})
                return True
        case Hyperscaler():
            fleet = {trader.params.underlying: trader.params.fleet_gpus}
            economy.add_provider(trader.name, fleet, cloud="hyperscaler")
            return True
    return False


def statement(day: EconomyDay, name: str) -> RentalDay:
    """Return a participant's day: a member's own, else one that tells the market alone."""
    found = day.statements.get(name)
    if found is not None:
        return found
    return RentalDay(
        day=day.day,
        ts_ns=day.end_ns,
        participant=name,
        lines=(),
        fleet={},
        utilisation={},
        spot=day.summaries,
        other_micros=0,
    )


def carry_out(economy: Economy, acts: Iterable[Act]) -> None:
    """Let acts happen in the economy, from its next day on.

    Raises ValueError where an act names what is not there.
    """
    for act in acts:
        if isinstance(act, FleetChange):
            economy.membership.change_fleet(act.participant, act.underlying, act.gpus)
        else:
            cut = CutLists(share=-act.change, provider=act.participant, underlying=act.underlying)
            economy.shock(cut)
