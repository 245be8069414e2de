"""The kinds of traders by name, and how one is made from words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from clients.participants.ai_lab import AiLab, AiLabParams
from clients.participants.calendar_arbitrage import CalendarArbitrage, CalendarArbitrageParams
from clients.participants.etf import Etf, EtfParams
from clients.participants.funding_arbitrage import FundingArbitrage, FundingArbitrageParams
from clients.participants.generation_arbitrage import (
    GenerationArbitrage,
    GenerationArbitrageParams,
)
from clients.participants.hyperscaler import Hyperscaler, HyperscalerParams
from clients.participants.index_arbitrage import IndexArbitrage, IndexArbitrageParams
from clients.participants.lease_token import LeaseToken, LeaseTokenParams
from clients.participants.lender import Lender, LenderParams
from clients.participants.leveraged_fund import LeveragedFund, LeveragedFundParams
from clients.participants.loan_vehicle import LoanVehicle, LoanVehicleParams
from clients.participants.manipulator import Manipulator, ManipulatorParams
from clients.participants.market_maker import MarketMaker
from clients.participants.market_maker_params import MarketMakerParams
from clients.participants.momentum import Momentum, MomentumParams
from clients.participants.neocloud import Neocloud, NeocloudParams
from clients.participants.noise import Noise, NoiseParams
from clients.participants.params import Params, params_of
from clients.participants.token_arbitrage import TokenArbitrage, TokenArbitrageParams
from clients.participants.value import Value, ValueParams
from clients.trader import Trader


class Kind(msgspec.Struct, frozen=True):
    """A kind of trader: its parameters, and what makes one from name, seed and parameters."""

    params: type[Params]
    factory: Callable[[str, int, Any], Trader]


REGISTRY: dict[str, Kind] = {
    "market-maker": Kind(MarketMakerParams, MarketMaker),
    "noise": Kind(NoiseParams, Noise),
    "momentum": Kind(MomentumParams, Momentum),
    "ai-lab": Kind(AiLabParams, AiLab),
    "neocloud": Kind(NeocloudParams, Neocloud),
    "loan-vehicle": Kind(LoanVehicleParams, LoanVehicle),
    "lender": Kind(LenderParams, Lender),
    "hyperscaler": Kind(HyperscalerParams, Hyperscaler),
    "lease-token": Kind(LeaseTokenParams, LeaseToken),
    "token-arbitrage": Kind(TokenArbitrageParams, TokenArbitrage),
    "etf": Kind(EtfParams, Etf),
    "leveraged-fund": Kind(LeveragedFundParams, LeveragedFund),
    "index-arbitrage": Kind(IndexArbitrageParams, IndexArbitrage),
    "calendar-arbitrage": Kind(CalendarArbitrageParams, CalendarArbitrage),
    "generation-arbitrage": Kind(GenerationArbitrageParams, GenerationArbitrage),
    "funding-arbitrage": Kind(FundingArbitrageParams, FundingArbitrage),
    "value": Kind(ValueParams, Value),
    "manipulator": Kind(ManipulatorParams, Manipulator),
}


def make_trader(kind: str, name: str, seed: int, fields: Mapping[str, Any] | None = None) -> Trader:
    """Return a trader of a kind. Raises ValueError on an unknown kind or a bad parameter.

    fields: parameters as words (``{"gamma": "0.2"}``) or as a TOML table has them.
    """
    entry = REGISTRY.get(kind)
    if entry is None:
        raise ValueError(f"{kind}: no such kind of trader; there are {', '.join(REGISTRY)}")
    return entry.factory(name, seed, params_of(entry.params, fields or {}))
