"""The scenarios of every listed instrument at a time, as the core's SET_SCENARIOS commands state them."""

from __future__ import annotations

import math
from typing import NamedTuple

import msgspec

from exchange.contracts.terms import ContractSpec
from exchange.core.commands import Command
from exchange.core.instrument import InstrumentSpec
from exchange.core.layout import CommandKind
from exchange.core.scenario_spec import MAX_CONCENTRATION_LOTS, ScenarioSpec
from exchange.margin.parameters import MarginParameters
from exchange.margin.scenarios import shocks_ppm
from exchange.margin.tenor import fixing_instants_ns, tenor_days, unknown_share

PPM = 1_000_000


class Place(NamedTuple):
    """Where a contract stands at a time: see exchange.margin.tenor."""

    tenor_days: float
    unknown_share: float


def place_of(instrument: InstrumentSpec, terms: ContractSpec, at_ns: int) -> Place:
    """Return a contract's tenor and the share of its fixings that are not known at a time."""
    instants = fixing_instants_ns(instrument, terms)
    return Place(tenor_days(instants, at_ns), unknown_share(instants, at_ns))


def class_of(terms: ContractSpec) -> str | None:
    """Return the margin class that a family names, if it does."""
    return terms.margin.margin_class if terms.margin is not None else None


def scenario_spec(
    parameters: MarginParameters, instrument: InstrumentSpec, terms: ContractSpec, at_ns: int
) -> ScenarioSpec:
    """Return an instrument's scenarios at a time.

    terms: the specification of its family, which says when its fixings are. The same for the same
    arguments, everywhere.
    """
    place = place_of(instrument, terms, at_ns)
    concentration = parameters.concentration
    lots = math.ceil(concentration.position_share * instrument.max_position_lots)
    return ScenarioSpec(
        shocks_ppm=shocks_ppm(parameters, instrument, *place, class_of(terms)),
        maintenance_ppm=max(1, round(parameters.maintenance * PPM)),
        concentration_lots=min(lots, MAX_CONCENTRATION_LOTS) if concentration.rate else 0,
        concentration_ppm=round(concentration.rate * PPM),
    )


def scenario_command(number: int, scenarios: ScenarioSpec) -> Command:
    """Return the command that sets the scenarios of the core's instrument of a number."""
    text = msgspec.json.encode(scenarios).decode()
    return Command(CommandKind.SET_SCENARIOS, instrument=number, text=text)
