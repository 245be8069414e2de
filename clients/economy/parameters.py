"""Parameters of the rental economy: typed and bounded, read from TOML.

None of them is a measured fact unless docs/market/economy.md gives its source: they are defaults,
and those that the calibration sets are named in ``calibration``.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated, Any

import msgspec

from exchange.explained import ExplainedError

DEFAULT = Path(__file__).with_name("parameters.toml")

Positive = Annotated[float, msgspec.Meta(gt=0)]
NonNegative = Annotated[float, msgspec.Meta(ge=0)]
Fraction = Annotated[float, msgspec.Meta(ge=0, le=1)]
Count = Annotated[int, msgspec.Meta(ge=1)]


class ParameterError(ExplainedError, ValueError):
    """Parameters that cannot be used: which field, why, and what would do."""


class Table(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of every table."""


class Generation(Table, frozen=True, kw_only=True):
    """One generation of GPUs.

    value_usd: what a GPU-hour is worth to the customers, the level of clearing prices.
    volatility: of that worth a year, for good; short_volatility: of the part that fades.
    depreciation: its log fall a year apart from launches.
    demand_growth: log growth of volume a year at first. gpus: all that is for rent.
    offered_by: part of the providers that have it. customers: weight among customers.
    opex_usd: running cost of a GPU-hour. launch_after_days: 0 is there from the beginning.
    """

    value_usd: Positive
    volatility: NonNegative
    short_volatility: NonNegative
    depreciation: float
    demand_growth: float
    gpus: Count
    offered_by: Fraction
    customers: NonNegative
    pcie: Fraction = 0.0
    opex_usd: NonNegative
    launch_after_days: Annotated[int, msgspec.Meta(ge=0)] = 0


class Cloud(Table, frozen=True, kw_only=True):
    """One type of provider.

    capacity: its weight in all GPUs. price_factor: its price by a neocloud's for the same.
    premium: list over negotiated price at target utilisation. raise_at, cut_at: how far (in logs)
    the list that it would like must be off before it changes the one that stands. speed: log
    change a day of its quotes for each unit of utilisation off target. deals_seen: whether anyone
    else learns of its rentals; of those who sell by list alone nobody does.
    """

    providers: Annotated[int, msgspec.Meta(ge=0)]
    capacity: NonNegative
    price_factor: Positive
    premium: Annotated[float, msgspec.Meta(ge=1)]
    raise_at: Positive
    cut_at: Positive
    speed: NonNegative
    target_utilisation: Annotated[float, msgspec.Meta(gt=0, lt=1)]
    everywhere: bool = False
    deals_seen: bool = True


class Region(Table, frozen=True, kw_only=True):
    """A region: its weight among agents, and its price by the first region's."""

    country: str
    weight: NonNegative
    price_factor: Positive


class Segment(Table, frozen=True, kw_only=True):
    """A kind of customer.

    share: weight among customers. clouds: how likely each type of provider is looked at.
    elasticity: of GPUs wanted to the price. reserved: part of its need that it reserves for long.
    begins, ends: chance a day that a burst of work begins and ends; both 0 is always at work.
    idle: part of its size that it wants outside bursts. weekend: factor on Saturday and Sunday.
    spot: part of its need for which it takes interruptible capacity if there is some.
    """

    share: NonNegative
    clouds: dict[str, NonNegative]
    elasticity: NonNegative
    reserved: Fraction
    begins: Fraction = 0.0
    ends: Fraction = 0.0
    idle: Fraction = 1.0
    weekend: Positive = 1.0
    spot: Fraction = 0.0

    @property
    def mean_activity(self) -> float:
        """Part of its size that it wants on an average day."""
        if self.begins + self.ends <= 0:
            return 1.0
        working = self.begins / (self.begins + self.ends)
        return working + (1 - working) * self.idle


class Search(Table, frozen=True, kw_only=True):
    """How customers find providers.

    considered: providers that a customer knows. again_days: mean days until it looks anew.
    abroad: weight of another region by that of the own. taste: deviation (log) of what a provider
    is worth to one customer. loyalty: log price by which another must be cheaper. worth: deviation
    (log) of what a GPU-hour is worth to customers. ceiling: log price above that worth at which
    none is rented.
    """

    considered: Annotated[int, msgspec.Meta(ge=1, le=32)]
    again_days: Positive
    abroad: Fraction
    taste: NonNegative
    loyalty: NonNegative
    worth: NonNegative
    ceiling: Positive
    size_spread: NonNegative


class Pricing(Table, frozen=True, kw_only=True):
    """How prices are made.

    pass_through: part of a change in worth that quotes follow on the day. pull: part of the way
    to the market's price that a quote goes a day. own_moves: deviation (log) a year of a
    provider's quotes. bargaining: deviation (log) of one deal's price. size_discount: log price
    less for ten times the GPUs. price_point_usd: lists are multiples of it. premium_spread:
    deviation (log) of providers' premiums. spot_factor: interruptible by negotiated price.
    """

    pass_through: Fraction
    pull: Fraction
    own_moves: NonNegative
    bargaining: NonNegative
    size_discount: NonNegative
    price_point_usd: Positive
    premium_spread: NonNegative
    spot_factor: Annotated[float, msgspec.Meta(gt=0, lt=1)]
    pcie_factor: Positive
    infiniband_factor: Positive


class Demand(Table, frozen=True, kw_only=True):
    """Demand as a whole.

    volume_deviation: of the log volume about its trend. volume_halflife_days: how fast it
    returns. short_halflife_days: of the part of worth that fades. common: correlation of shocks
    between generations. growth_halflife_years: of the growth rates. migration: chance a year that
    a customer reconsiders its generation.
    """

    volume_deviation: NonNegative
    volume_halflife_days: Positive
    short_halflife_days: Positive
    common: Fraction
    growth_halflife_years: Positive
    migration: NonNegative


class Supply(Table, frozen=True, kw_only=True):
    """Capacity as a whole.

    delivery_days: median days from order to delivery. delay: its deviation in logs. eagerness:
    part of the fleet ordered a year for each unit of utilisation above target. outages: a year
    and region; outage_share of the capacity is gone for outage_days in the mean. fleet_spread:
    deviation (log) of providers' sizes.
    """

    delivery_days: Positive
    delay: NonNegative
    eagerness: NonNegative
    outages: NonNegative
    outage_share: Fraction
    outage_days: Positive
    fleet_spread: NonNegative


class Launches(Table, frozen=True, kw_only=True):
    """Launches of generations beyond those that are listed.

    a_year: how many to expect. log_step, log_step_deviation: what one does to the incumbents'
    worth, normal.
    """

    a_year: NonNegative
    log_step: float
    log_step_deviation: NonNegative


class Terms(Table, frozen=True, kw_only=True):
    """Reserved rentals: terms in months with their weights, and log price less for each doubling.

    signing_days: mean days that a customer takes to reserve what it lacks. most: part of a fleet
    that may be reserved.
    """

    months: dict[str, NonNegative]
    discount: NonNegative
    signing_days: Positive
    most: Fraction


class Parameters(Table, frozen=True, kw_only=True):
    """The whole economy; ``warm_up_days`` are lived without shocks before the first day."""

    customers: Annotated[int, msgspec.Meta(ge=0)]
    warm_up_days: Annotated[int, msgspec.Meta(ge=0)]
    generations: dict[str, Generation]
    clouds: dict[str, Cloud]
    regions: dict[str, Region]
    segments: dict[str, Segment]
    search: Search
    pricing: Pricing
    demand: Demand
    supply: Supply
    launches: Launches
    terms: Terms

    def __post_init__(self) -> None:
        for name in ("generations", "clouds", "regions", "segments"):
            if not getattr(self, name):
                raise ParameterError(f"{name}: empty; give at least one [{name}.NAME]")
        for name, segment in self.segments.items():
            for cloud in segment.clouds:
                if cloud not in self.clouds:
                    known = ", ".join(self.clouds)
                    raise ParameterError(
                        f"segments.{name}.clouds: no cloud {cloud!r}; there are {known}"
                    )
        if not any(month.isdecimal() and int(month) > 0 for month in self.terms.months):
            raise ParameterError("terms.months: give terms as whole months, such as 12 = 0.3")

    def sized(self, providers: int, customers: int) -> Parameters:
        """Return the same economy with fewer or more agents; capacity and demand stay.

        Every type of provider keeps its part, and at least one.
        """
        total = sum(cloud.providers for cloud in self.clouds.values())
        clouds = {
            name: msgspec.structs.replace(
                cloud, providers=max(1, round(cloud.providers * providers / total))
            )
            for name, cloud in self.clouds.items()
        }
        return msgspec.structs.replace(self, clouds=clouds, customers=customers)

    def without_chance(self) -> Parameters:
        """Return the same economy to which nothing happens by itself: no shocks, drift or growth.

        Agents keep their own luck: bursts, tastes, bargains.
        """
        replace = msgspec.structs.replace
        still = {
            "volatility": 0.0,
            "short_volatility": 0.0,
            "depreciation": 0.0,
            "demand_growth": 0.0,
        }
        return replace(
            self,
            generations={name: replace(kind, **still) for name, kind in self.generations.items()},
            demand=replace(self.demand, volume_deviation=0.0),
            supply=replace(self.supply, outages=0.0),
            launches=replace(self.launches, a_year=0.0),
        )


def parse(text: str, name: str = "parameters") -> Parameters:
    """Return parameters of a TOML text. Raises ParameterError, which names the field."""
    try:
        tables: dict[str, Any] = tomllib.loads(text)
        return msgspec.convert(tables, Parameters)
    except tomllib.TOMLDecodeError as error:
        raise ParameterError(f"{name}: not TOML: {error}") from None
    except msgspec.ValidationError as error:
        raise ParameterError(f"{name}: {error}; {DEFAULT.name} shows every field") from None
    except ParameterError as error:
        raise ParameterError(f"{name}: {error}") from None


def load(path: Path = DEFAULT) -> Parameters:
    """Read a file of parameters; the shipped ones if no path is given."""
    return parse(path.read_text(encoding="utf-8"), str(path))
