"""Scenarios: how far each instrument's price moves in them, and what that is worth a lot at its mark."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from exchange.core import layout as at
from exchange.core.clearing import assess_one, remargin
from exchange.core.commands import Rows
from exchange.core.instrument import InstrumentSpec
from exchange.core.layout import EventKind, Reason
from exchange.core.replies import Row, event, rejected
from exchange.core.scenario_spec import PPM, ScenarioSpec

if TYPE_CHECKING:
    from exchange.core.core import Core

PRICE_SCENARIOS = 16
"""Those in which every price moves in the same direction come first."""
_THIRDS = 3
_NO_COMMANDS: Rows = np.zeros((0, at.COMMAND_COLUMNS), np.int64)
_NO_EVENTS: Rows = np.zeros((0, at.EVENT_COLUMNS), np.int64)


def default_scenarios(spec: InstrumentSpec) -> ScenarioSpec:
    """Return the scenarios of an instrument for which none were set: its price moves by its margin rate.

    A third, two thirds and all of it, and once more in the scenarios of the front, up and down.
    """
    rate = spec.initial_margin_ppm
    sizes = [rate // _THIRDS, 2 * rate // _THIRDS, rate, rate]
    shocks = [shock for size in sizes for shock in (size, -size)]
    rest = at.SCENARIOS - PRICE_SCENARIOS
    return ScenarioSpec(
        shocks_ppm=[*shocks, *shocks, *([0] * rest)],
        maintenance_ppm=spec.maintenance_margin_ppm * PPM // max(1, rate),
    )


def moves_of(scenarios: ScenarioSpec, value_micros: int) -> list[int]:
    """Return the row of moves of a lot that is worth ``value_micros`` at the mark, rounded towards 0."""
    initial = [_share(value_micros, shock) for shock in scenarios.shocks_ppm]
    held = [
        _share(value_micros, _share(shock, scenarios.maintenance_ppm))
        for shock in scenarios.shocks_ppm
    ]
    return initial + held


def _share(amount: int, ppm: int) -> int:
    product = amount * ppm
    return product // PPM if product >= 0 else -(-product // PPM)


def _moves(core: Core, instrument: int, value_micros: int) -> list[int]:
    """Return the moves of a lot: of a combo its legs' together, of a binary none (see ``margin``)."""
    spec = core.specs[instrument]
    if spec.is_binary:
        return [0] * at.MOVE_COLUMNS
    if not spec.is_combo:
        return moves_of(core.scenarios[instrument], value_micros)
    summed = np.zeros(at.MOVE_COLUMNS, np.int64)
    for leg in spec.legs:
        summed += leg.ratio * core.moves[core.instrument_numbers[leg.instrument]]
    moves: list[int] = summed.tolist()
    return moves


def reprice(core: Core, instrument: int) -> None:
    """Let the moves of an instrument and every account's margin follow its mark and scenarios."""
    scenarios, spec = core.scenarios[instrument], core.specs[instrument]
    rates = core.instruments[instrument]
    value_micros = int(rates[at.INSTRUMENT_MARK_TICKS]) * spec.tick_value_micros
    moves = _moves(core, instrument, value_micros)
    former = core.moves[instrument : instrument + 1].copy()
    core.moves[instrument] = moves
    rates[at.INSTRUMENT_INITIAL_MICROS] = max(map(abs, moves[: at.SCENARIOS]))
    rates[at.INSTRUMENT_MAINTENANCE_MICROS] = max(map(abs, moves[at.SCENARIOS :]))
    if spec.is_binary:
        most_micros = max(value_micros, spec.payout_micros - value_micros)
        rates[at.INSTRUMENT_INITIAL_MICROS] = rates[at.INSTRUMENT_MAINTENANCE_MICROS] = most_micros
    rates[at.INSTRUMENT_CONCENTRATION_LOTS] = scenarios.concentration_lots
    concentrates = scenarios.concentration_lots and not (spec.is_combo or spec.is_binary)
    rates[at.INSTRUMENT_CONCENTRATION_MICROS] = (
        _share(value_micros, scenarios.concentration_ppm) if concentrates else 0
    )
    remargin(*core.ledger(), _NO_COMMANDS, _NO_EVENTS, former, instrument)


def assess(core: Core, account: int) -> None:
    """Let an account's status follow its cash, which changed."""
    assess_one(*core.ledger(), _NO_COMMANDS, _NO_EVENTS, account)


def set_scenarios(core: Core, row: Row, text: str) -> list[Row]:
    """Set how an instrument moves in the scenarios; every account's margin follows at once.

    A combo moves as its legs do, and of a binary all may be lost: neither has scenarios of its own.
    """
    instrument = row[at.COMMAND_INSTRUMENT]
    if not 0 <= instrument < len(core.specs):
        return rejected(row, Reason.UNKNOWN_INSTRUMENT)
    try:
        scenarios = msgspec.json.decode(text, type=ScenarioSpec)
    except msgspec.DecodeError:
        return rejected(row, Reason.INVALID_SPEC)
    spec = core.specs[instrument]
    if not scenarios.is_sound or spec.is_combo or spec.is_binary:
        return rejected(row, Reason.INVALID_SPEC)
    core.scenarios[instrument] = scenarios
    reprice(core, instrument)
    for combo in core.combos.get(instrument, ()):
        reprice(core, combo)
    return [event(row, EventKind.SCENARIOS_SET, instrument=instrument)]
