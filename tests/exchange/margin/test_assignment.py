"""Scenario commands: sound for the core, one for each instrument that still trades."""

from __future__ import annotations

import json

import msgspec
import pytest

from exchange.contracts import listing, spec
from exchange.contracts.calendar import NS_PER_SECOND
from exchange.core.commands import Command
from exchange.core.layout import EVENT_KIND, INSTRUMENT_MARK_TICKS, CommandKind, EventKind
from exchange.core.scenario_spec import ScenarioSpec
from exchange.margin import parameters
from exchange.margin.assignment import place_of, scenario_command, scenario_spec
from marketdata.days import NS_PER_DAY
from tests.exchange.core.lab import Lab
from tests.exchange.margin.portfolio import requirement

SHIPPED = parameters.shipped()
OUTRIGHTS = [each for each in spec.shipped() if each.kind in ("dated", "perpetual")]
TERMS = {each.family: each for each in OUTRIGHTS}
NOW_NS = 1_791_000_000 * NS_PER_SECOND  # 2026-10-03
PRICES = {each.underlying: 2_600_000 for each in TERMS.values()}
LISTED = listing.instruments(TERMS.values(), NOW_NS, PRICES)


def commands_of_all() -> list[Command]:
    """One command an instrument, in order of their numbers."""
    return [
        scenario_command(number, scenario_spec(SHIPPED, each, TERMS[each.family], NOW_NS))
        for number, each in enumerate(LISTED)
    ]


def test_every_listed_instrument_gets_sound_scenarios() -> None:
    commands = commands_of_all()
    assert [command.instrument for command in commands] == list(range(len(LISTED)))
    assert {command.kind for command in commands} == {CommandKind.SET_SCENARIOS}
    assert len(LISTED) >= 7
    for command, instrument in zip(commands, LISTED, strict=True):
        found = msgspec.json.decode(command.text, type=ScenarioSpec)
        assert found.is_sound
        assert found == scenario_spec(SHIPPED, instrument, TERMS[instrument.family], NOW_NS)
        assert found.maintenance_ppm == 750_000
        assert found.concentration_lots == -(-instrument.max_position_lots // 2)
        assert found.concentration_ppm == 50_000


def test_the_moves_of_a_month_shrink_as_its_fixings_become_known() -> None:
    front = next(each for each in LISTED if each.family == "GPU1")
    terms = TERMS["GPU1"]
    moves = [
        scenario_spec(SHIPPED, front, terms, front.expiry_ns - day * NS_PER_DAY).shocks_ppm[4]
        for day in range(40, -1, -1)
    ]
    assert moves[0] == 200_000
    assert moves == sorted(moves, reverse=True)
    assert moves[-1] == 0
    place = place_of(front, terms, front.expiry_ns - NS_PER_DAY // 2)
    assert place.unknown_share == pytest.approx(1 / 22, abs=0.005)


def test_no_rate_is_no_concentration_charge() -> None:
    none = msgspec.structs.replace(SHIPPED.concentration, rate=0.0)
    given = msgspec.structs.replace(SHIPPED, concentration=none)
    found = scenario_spec(given, LISTED[0], TERMS[LISTED[0].family], NOW_NS)
    assert (found.concentration_lots, found.concentration_ppm) == (0, 0)


def test_the_core_takes_them_and_asks_for_what_a_plain_reckoning_asks() -> None:
    """Long the front, short the next month: a few per cent of one leg instead of two outrights."""
    lab = Lab(*LISTED, deposits=(10**12, 10**12))
    numbers = [number for number, each in enumerate(LISTED) if each.family == "GPU1"][1:3]
    for (buyer, seller), number in zip(((0, 1), (1, 0)), numbers, strict=True):
        lab.trade(buyer, seller, LISTED[number].reference_ticks, 10, number)
    commands = commands_of_all()
    events = lab.do(*commands)
    assert [event[EVENT_KIND] for event in events] == [EventKind.SCENARIOS_SET] * len(LISTED)
    legs = []
    for sign, number in zip((1, -1), numbers, strict=True):
        mark_ticks = int(lab.core.instruments[number, INSTRUMENT_MARK_TICKS])
        value_micros = 10 * mark_ticks * LISTED[number].tick_value_micros
        legs.append((sign * value_micros, json.loads(commands[number].text)["shocks_ppm"]))
    expected = requirement(legs)
    assert lab.initial(0) == pytest.approx(expected, abs=20 * 24)
    flat = sum(abs(value) for value, _ in legs) * 0.2
    assert 0.01 * flat < expected < 0.12 * flat
