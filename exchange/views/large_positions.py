"""Large positions: who is reportable, and who holds more than an accountability level.

The levels are those of the contracts' specifications; they bind nobody by themselves. An operator may
then restrict an account (``RESTRICT``). Source of the practice: CME Group, Rules 560 and 561.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from exchange.core.core import Core
from exchange.core.instrument import InstrumentSpec
from exchange.core.layout import INSTRUMENT_STATE, POSITION_LOTS, State


class LargePosition(NamedTuple):
    """A position at or beyond a level, one contract's or the net one of a family.

    instrument: its number; -1 for a family's. level_lots: the accountability level, 0 where there is none.
    accountable: whether the position is above it.
    """

    account: int
    family: str
    instrument: int
    lots: int
    level_lots: int
    accountable: bool


def large_positions(core: Core) -> list[LargePosition]:
    """Return the large positions by account, each account's contracts before its families."""
    return [large for account in range(len(core.account_names)) for large in _of(core, account)]


def _of(core: Core, account: int) -> Iterator[LargePosition]:
    families: dict[str, tuple[int, int, int]] = {}
    lots_of = core.positions[account, :, POSITION_LOTS].tolist()
    for number, (spec, lots) in enumerate(zip(core.specs, lots_of, strict=True)):
        if core.instruments[number, INSTRUMENT_STATE] == State.EXPIRED:
            continue
        if _is_large(lots, spec.reportable_lots, spec.accountability_lots):
            level = spec.accountability_lots
            yield LargePosition(account, spec.family, number, lots, level, _above(lots, level))
        families[spec.family] = _joined(families.get(spec.family), spec, lots)
    for family, (lots, reportable, level) in families.items():
        if level and _is_large(lots, reportable, level):
            yield LargePosition(account, family, -1, lots, level, _above(lots, level))


def _joined(
    former: tuple[int, int, int] | None, spec: InstrumentSpec, lots: int
) -> tuple[int, int, int]:
    net = (former[0] if former else 0) + lots
    return net, spec.reportable_lots, spec.family_accountability_lots


def _is_large(lots: int, reportable_lots: int, level_lots: int) -> bool:
    return bool(reportable_lots and abs(lots) >= reportable_lots) or _above(lots, level_lots)


def _above(lots: int, level_lots: int) -> bool:
    return bool(level_lots and abs(lots) > level_lots)
