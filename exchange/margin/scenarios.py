"""The scenarios of one instrument: how far its price moves in each, in parts per million of its mark.

| column | scenario |
|---|---|
| 0 to 7 | parallel: +1/3, -1/3, +2/3, -2/3, +1, -1 scan range, extreme up and down |
| 8 to 15 | front: the same moves, fading with tenor |
| 16, 17 | tilt: front down and back up, and the reverse |
| 18, 19 | generation: older chips down and newer up, and the reverse |
| 20, 21 | index basis: broad up and transaction down, and the reverse |
| 22 | launch: a jump down |
| 23 | squeeze: the front up |

The method is that of SPAN (CME Group, "CME SPAN: Standard Portfolio Analysis of Risk", 2019); the curve,
generation, basis, launch and squeeze columns take the place of its spread charges: an offset is worth
what is left of it in the worst column.
"""

from __future__ import annotations

import math

from exchange.core.instrument import InstrumentSpec
from exchange.margin.parameters import MarginParameters

PPM = 1_000_000

NAMES = (
    *(f"{shape} {size}" for shape in ("parallel", "front") for size in
      ("+1/3", "-1/3", "+2/3", "-2/3", "+1", "-1", "+extreme", "-extreme")),
    "tilt: back up",
    "tilt: front up",
    "generation: newer up",
    "generation: older up",
    "basis: broad up",
    "basis: transaction up",
    "launch",
    "squeeze",
)  # fmt: skip
"""What each column is, in order."""

_THIRD = 1 / 3


def shocks_ppm(
    parameters: MarginParameters,
    instrument: InstrumentSpec,
    tenor_days: float,
    unknown_share: float,
    margin_class: str | None = None,
) -> list[int]:
    """Return the instrument's move in each scenario (see NAMES), rounded away from zero.

    tenor_days and unknown_share: see exchange.margin.tenor. margin_class: see scan_range. Every
    scenario moves the index, so a contract moves by the share of its fixings that are not known yet. A
    move that is no move at all is 0. Raises ValueError for a negative tenor or a share outside 0 to 1.
    """
    if not (0 <= tenor_days < math.inf and 0 <= unknown_share <= 1):
        raise ValueError(f"tenor_days {tenor_days} or unknown_share {unknown_share} out of bounds")
    scan = scan_range(parameters, instrument, tenor_days, margin_class)
    moves = _moves(parameters, instrument, tenor_days, scan)
    return [_ppm(move * unknown_share) for move in moves]


def scan_range(
    parameters: MarginParameters,
    instrument: InstrumentSpec,
    tenor_days: float,
    margin_class: str | None = None,
) -> float:
    """Return an instrument's scan range at a tenor, a fraction of the price.

    It is that of its family, else of its margin class, which is its underlying if not given, else its flat
    initial margin.
    """
    curve = parameters.scan_curve(instrument.family, margin_class or instrument.underlying)
    return instrument.initial_margin_ppm / PPM if curve is None else curve.at(tenor_days)


def _moves(
    parameters: MarginParameters, instrument: InstrumentSpec, tenor_days: float, scan: float
) -> list[float]:
    extreme = parameters.extreme.multiple * parameters.extreme.cover
    sizes = [sign * size for size in (_THIRD, 2 * _THIRD, 1.0, extreme) for sign in (1, -1)]
    fade = math.exp(-tenor_days / parameters.front.decay_days)
    tilt = parameters.tilt.move * (1 - 2 * math.exp(-tenor_days / parameters.tilt.turn_days))
    weight = parameters.generation.weight(instrument.underlying)
    generation = parameters.generation.move * weight
    side = parameters.basis.side(instrument.family, instrument.index)
    basis = parameters.basis.move / 2 * side
    jump, squeeze = parameters.launch, parameters.squeeze
    launch = jump.weight(instrument.underlying) * jump.cover * math.expm1(jump.log_jump)
    rise = squeeze.cover * squeeze.move * math.exp(-tenor_days / squeeze.decay_days)
    parallel = [size * scan for size in sizes]
    front = [move * fade for move in parallel]
    spreads = [move for pair in (tilt, generation, basis) for move in (pair, -pair)]
    return [*parallel, *front, *spreads, launch, rise]


def _ppm(move: float) -> int:
    """Round away from zero, but not for the last bits of a float that means a whole number."""
    size = math.ceil(round(abs(move) * PPM, 3))
    return size if move > 0 else -size
