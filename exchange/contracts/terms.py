"""The terms of a product family, as a specification file states them.

Sources of the shipped values: the exchanges' public rule summaries; what is unknown is a parameter,
marked as a default in its file.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from exchange.contracts.sections import (
    MICROS,
    PPM,
    Breaker,
    Contract,
    Curve,
    FamilyCode,
    Fees,
    Funding,
    IndexName,
    Limits,
    Listing,
    Margin,
    Section,
    Session,
    Settlement,
    Spread,
    Strikes,
    Title,
)

Kind = Literal["dated", "perpetual", "calendar_spread", "product_spread", "binary"]

MatchingAlgorithm = Literal["price_time", "pro_rata", "fifo_top", "batch_auction"]


class ContractSpec(Section, frozen=True, kw_only=True):
    """One product family; checks.SECTIONS says which tables each kind has.

    index: whose prints it is marked and settled on; that of the first leg in a spread.
    matching: how orders meet; the four fields behind it belong to some algorithms (see matching_checks).
    """

    family: FamilyCode
    title: Title
    kind: Kind
    underlying: FamilyCode
    index: IndexName
    contract: Contract
    limits: Limits
    fees: Fees
    matching: MatchingAlgorithm = "price_time"
    minimum_allocation_lots: int | None = None
    top_order_share: Decimal | None = None
    top_order_lots: int | None = None
    batch_interval_ms: int | None = None
    margin: Margin | None = None
    listing: Listing | None = None
    settlement: Settlement | None = None
    curve: Curve | None = None
    funding: Funding | None = None
    spread: Spread | None = None
    strikes: Strikes | None = None
    session: Session | None = None
    breaker: Breaker | None = None

    @property
    def perpetual(self) -> bool:
        """Whether the contract never expires."""
        return self.kind == "perpetual"

    @property
    def tick_micros(self) -> int:
        """Tick in micro-dollars per GPU-hour."""
        return int(self.contract.tick * MICROS)

    @property
    def max_price_ticks(self) -> int:
        """Highest price that the family must be able to show, in ticks."""
        return int(self.contract.max_price / self.contract.tick)

    @property
    def min_price_ticks(self) -> int:
        """Lowest price of the family, in ticks: one where the file does not say."""
        lowest = self.contract.min_price
        return 1 if lowest is None else int(lowest / self.contract.tick)

    @property
    def legs(self) -> tuple[FamilyCode, ...]:
        """Families that the contracts of a spread are made of; none otherwise."""
        return self.spread.legs if self.spread is not None else ()


__all__ = [
    "MICROS",
    "PPM",
    "Breaker",
    "Contract",
    "ContractSpec",
    "Curve",
    "Fees",
    "Funding",
    "Kind",
    "Limits",
    "Listing",
    "Margin",
    "Section",
    "Session",
    "Settlement",
    "Spread",
    "Strikes",
]
