"""Scenarios and position limits by the calendar: when they change, by how much, and that they do so once."""

from __future__ import annotations

from datetime import date

import msgspec
import pytest

from exchange.contracts import listing, spec
from exchange.contracts.calendar import instant_ns
from exchange.core import invariants
from exchange.core import layout as at
from exchange.core.commands import Command, batch_of
from exchange.core.core import Core
from exchange.core.layout import CommandKind, EventKind
from exchange.margin.parameters import shipped
from exchange.margin.tenor import fixing_instants_ns
from exchange.risk_terms import RiskTerms, position_limit_lots
from exchange.views.holds import limit_hold
from marketdata.days import NS_PER_DAY

FAMILIES = {terms.family: terms for terms in spec.shipped("GPU1", "H100")}
START_NS = instant_ns(date.fromisoformat("2026-11-02"), "12:00", "UTC")


def apply(core: Core, commands: list[Command], ts_ns: int) -> list[list[int]]:
    rows: list[list[int]] = core.apply(batch_of(commands, core.seq + 1, ts_ns)).tolist()
    return rows


def listed() -> Core:
    core = Core()
    prices = {"H100": 2_400_000}
    found = listing.instruments(FAMILIES.values(), START_NS, prices)
    commands = [
        Command(CommandKind.LIST_INSTRUMENT, text=msgspec.json.encode(terms).decode())
        for terms in found
    ]
    apply(core, commands, START_NS)
    return core


def kinds(commands: list[Command]) -> set[int]:
    return {command.kind for command in commands}


def test_every_instrument_gets_its_terms_once_and_again_when_the_calendar_moves() -> None:
    core, risk = listed(), RiskTerms(shipped(), FAMILIES)
    first = risk.due(core, START_NS)
    assert {c.instrument for c in first} == set(range(len(core.specs)))
    events = apply(core, first, START_NS)
    assert {row[at.EVENT_KIND] for row in events} == {
        EventKind.SCENARIOS_SET,
        EventKind.POSITION_LIMIT_SET,
    }
    assert risk.due(core, START_NS + 1) == []
    # Another process, say after a restart, finds nothing to do either.
    assert RiskTerms(shipped(), FAMILIES).due(core, START_NS + 1) == []
    tomorrow = risk.due(core, START_NS + NS_PER_DAY)
    assert tomorrow
    assert CommandKind.SET_SCENARIOS in kinds(tomorrow)
    perpetual = core.instrument_numbers["H100-PERPETUAL"]
    assert perpetual not in {c.instrument for c in tomorrow}


def test_what_has_expired_and_what_nobody_specified_is_left_alone() -> None:
    core = listed()
    assert RiskTerms(shipped(), {}).due(core, START_NS) == []
    perpetuals = {family: each for family, each in FAMILIES.items() if each.perpetual}
    due = RiskTerms(shipped(), perpetuals).due(core, START_NS)
    assert {core.specs[command.instrument].family for command in due} == set(perpetuals)
    first = next(number for number, each in enumerate(core.specs) if each.expiry_ns)
    due = RiskTerms(shipped(), FAMILIES).due(core, core.specs[first].expiry_ns)
    assert {c.instrument for c in due} == set(range(len(core.specs))) - {first}
    core.instruments[0, at.INSTRUMENT_STATE] = at.State.EXPIRED
    due = RiskTerms(shipped(), FAMILIES).due(core, START_NS)
    assert 0 not in {c.instrument for c in due}


@pytest.mark.parametrize(
    ("given", "time", "lots"),
    [
        ("2026-10-31", "23:59", 15_000),
        # 20 business days in November 2026 (Thanksgiving is none): all of them to come.
        ("2026-11-01", "00:00", 7_500),
        ("2026-11-02", "23:00", 7_500 * 20 // 19),
        ("2026-11-16", "12:00", 15_000),
        ("2026-11-13", "23:00", 15_000),
        ("2026-11-12", "23:00", 7_500 * 20 // 11),
    ],
)
def test_the_spot_month_limit_binds_what_is_left_of_the_month(
    given: str, time: str, lots: int
) -> None:
    terms = FAMILIES["GPU1"]
    found = listing.instruments([terms], START_NS, {"H100": 2_400_000})
    november = next(one for one in found if one.name == "GPU1-30NOV26")
    fixings = fixing_instants_ns(november, terms)
    assert len(fixings) == 20
    at_ns = instant_ns(date.fromisoformat(given), time, "UTC")
    assert position_limit_lots(november, terms, fixings, at_ns) == lots


def test_the_limit_follows_fixing_by_fixing_through_the_core() -> None:
    core, risk = listed(), RiskTerms(shipped(), FAMILIES)
    november = core.instrument_numbers["GPU1-30NOV26"]
    seen = []
    for hour in range(24 * 28):
        now_ns = START_NS + hour * 3_600 * 10**9
        commands = risk.due(core, now_ns)
        apply(core, commands, now_ns)
        seen.append(int(core.instrument(november)[at.INSTRUMENT_MAX_POSITION_LOTS]))
    assert seen == sorted(seen)
    assert [seen[0], seen[-1]] == [7_500, 15_000]
    # One step a fixing until half of them are known and the single-month limit is reached.
    assert len(set(seen)) == 11


def test_a_held_limit_is_left_alone_until_its_hold_is_over() -> None:
    core, risk = listed(), RiskTerms(shipped(), FAMILIES)
    apply(core, risk.due(core, START_NS), START_NS)
    number = core.instrument_numbers["GPU1-31DEC26"]
    name = limit_hold("GPU1-31DEC26")
    usual = int(core.instrument(number)[at.INSTRUMENT_MAX_POSITION_LOTS])
    operators = Command(CommandKind.SET_POSITION_LIMIT, instrument=number, qty_lots=7)
    apply(core, [operators], START_NS + 1)
    until_ns = START_NS + 3 * NS_PER_DAY

    def is_held(hold: str, now_ns: int) -> bool:
        return hold == name and now_ns < until_ns

    for now_ns in (START_NS + 2, START_NS + NS_PER_DAY, until_ns - 1):
        due = risk.due(core, now_ns, is_held)
        assert CommandKind.SET_POSITION_LIMIT not in kinds(
            [command for command in due if command.instrument == number]
        )
        apply(core, due, now_ns)
    assert int(core.instrument(number)[at.INSTRUMENT_MAX_POSITION_LOTS]) == 7
    apply(core, risk.due(core, until_ns, is_held), until_ns)
    assert int(core.instrument(number)[at.INSTRUMENT_MAX_POSITION_LOTS]) == usual
    # A limit that nobody holds does not outlast the next look either.
    apply(core, [operators], until_ns + 1)
    (back,) = risk.due(core, until_ns + 2, is_held)
    assert (back.kind, back.qty_lots) == (CommandKind.SET_POSITION_LIMIT, usual)


def test_combos_and_binaries_have_no_scenarios_of_their_own() -> None:
    families = {terms.family: terms for terms in spec.shipped()}
    prices = {"H100": 2_400_000, "B200": 5_500_000}
    found = listing.instruments(families.values(), START_NS, prices)
    core = Core()
    apply(
        core,
        [
            Command(CommandKind.LIST_INSTRUMENT, text=msgspec.json.encode(terms).decode())
            for terms in found
        ],
        START_NS,
    )
    assert len(core.specs) == len(found)
    special = {n for n, terms in enumerate(found) if terms.is_combo or terms.is_binary}
    assert special
    due = RiskTerms(shipped(), families).due(core, START_NS)
    events = apply(core, due, START_NS)
    assert EventKind.REJECTED not in {row[at.EVENT_KIND] for row in events}
    set_for = {c.instrument for c in due if c.kind == CommandKind.SET_SCENARIOS}
    assert set_for == set(range(len(found))) - special
    assert invariants.violations(core) == []
