"""The order in which holders are deleveraged: profit times effective leverage, of a loss divided by it.

Source of the formula: BitMEX, "Auto-Deleveraging" (its reference page). Profit is measured against the
entry cost, leverage is the position's value over the share of equity behind it. Ranks are exact fractions.
Most are told apart by estimates of 30 bits, all at once; those whose estimates are too near by the fractions.
"""

from __future__ import annotations

import itertools
from fractions import Fraction
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from exchange.core import bankruptcy
from exchange.core import layout as at
from exchange.core.layout import AccountStatus

if TYPE_CHECKING:
    from exchange.core.core import Core

Numbers = NDArray[np.int64]
Number = Any
"""An integer, or a column of them."""

_BITS = 30
"""An estimate's mantissa is from 2**30 up to 2**31, so that a product of two is an int64."""
_BIAS = 1 << 12
"""Added to exponents, so that the estimate of any score is above 0."""
_NEAR = 32
"""Estimates that differ by more are in order: 13 roundings make at most 26 units, at a mantissa's end."""
_SAFE = 1 << 62
_ODD = 0x9E3779B97F4A7C15 - (1 << 64)
"""Mixes numbers: 2**64 over the golden ratio."""


class Rank(NamedTuple):
    """A higher one is deleveraged earlier."""

    sound: bool
    """Accounts that are being closed out themselves come last."""
    unbacked: bool
    """A profit without equity behind it: its leverage has no bound."""
    score: Fraction


class Holding(NamedTuple):
    """What a position that is not flat is ranked by: the numbers of one holder, or columns of many."""

    lots: Number
    cost_ticklots: Number
    value_ticklots: Number
    value_micros: Number
    equity_micros: Number
    sound: Number
    weight: Number
    total: Number


def rank(core: Core, account: int, instrument: int) -> Rank:
    """Return the rank of a position that is not flat."""
    row = core.instruments[instrument].tolist()
    position = core.positions[account, instrument].tolist()
    held = core.accounts[account].tolist()
    lots = position[at.POSITION_LOTS]
    value = row[at.INSTRUMENT_MARK_TICKS] * lots
    return rank_of(
        Holding(
            lots,
            position[at.POSITION_COST_TICKLOTS],
            value,
            abs(value) * row[at.INSTRUMENT_TICK_VALUE_MICROS],
            held[at.ACCOUNT_CASH_MICROS],
            held[at.ACCOUNT_STATUS] != AccountStatus.CLOSING_OUT,
            *bankruptcy.share(core, account, instrument),
        )
    )


def rank_of(holding: Holding) -> Rank:
    """Return the rank of one holder."""
    cost, sound = holding.cost_ticklots, bool(holding.sound)
    profit = Fraction(holding.value_ticklots - cost, max(1, abs(cost)))
    if holding.equity_micros <= 0:
        return Rank(sound, profit > 0, Fraction(0))
    backing = Fraction(
        holding.equity_micros * abs(holding.lots) * holding.weight,
        holding.total * holding.value_micros,
    )
    if profit > 0 and backing == 0:
        return Rank(sound, True, Fraction(0))
    return Rank(sound, False, profit / backing if profit > 0 else profit * backing)


def ranked(core: Core, instrument: int, *, longs: bool) -> list[int]:
    """Return the accounts that are long, or short, highest rank first; of equal ranks the lower number."""
    lots = core.positions[:, instrument, at.POSITION_LOTS]
    accounts = np.flatnonzero(lots > 0 if longs else lots < 0)
    found = _columns(core, accounts, instrument) if len(accounts) > 1 else None
    if found is None:
        held: list[int] = accounts.tolist()
        return sorted(held, key=lambda account: rank(core, account, instrument), reverse=True)
    kinds, kind_of = _distinct(found)
    numbers: Numbers = _ranks(kinds)[kind_of]
    told: list[int] = accounts[np.argsort(numbers, kind="stable")].tolist()
    return told


def _distinct(found: Holding) -> tuple[Holding, Numbers]:
    """Return the columns without repetitions, and of each holder the place where its numbers are."""
    mixed = np.zeros(len(found.lots), np.int64)
    for column in found:
        mixed = mixed * _ODD + column
    _, first, kind_of = np.unique(mixed, return_index=True, return_inverse=True)
    if any((column[first][kind_of] != column).any() for column in found):
        # Others were mixed into the same number: then each stands for itself.
        first = kind_of = np.arange(len(mixed))
    return Holding(*(column[first] for column in found)), kind_of


def _ranks(kinds: Holding) -> Numbers:
    """Return the number of each holder's rank, 0 for the highest; equal ranks have equal numbers."""
    groups, estimates = _estimates(kinds)
    order = np.lexsort((-estimates, -groups))
    groups, estimates = groups[order], estimates[order]
    near = (np.diff(groups) == 0) & (np.diff(estimates) >= -_NEAR)
    equal = near & (estimates[1:] == 0)
    edges = np.flatnonzero(np.diff(np.concatenate([[False], near & ~equal, [False]])))
    for first, last in edges.reshape(-1, 2).tolist():
        places = order[first : last + 1]
        columns = [column[places].tolist() for column in kinds]
        exact = [rank_of(Holding(*holding)) for holding in zip(*columns, strict=True)]
        by_rank = sorted(range(len(exact)), key=exact.__getitem__, reverse=True)
        order[first : last + 1] = places[by_rank]
        equal[first:last] = [exact[a] == exact[b] for a, b in itertools.pairwise(by_rank)]
    numbers = np.zeros(len(order), np.int64)
    numbers[order[1:]] = np.cumsum(~equal)
    return numbers


def _columns(core: Core, accounts: Numbers, instrument: int) -> Holding | None:
    """Return what the holders are ranked by as columns, None where a number may leave int64."""
    every: Numbers = np.abs(core.positions[accounts, :, at.POSITION_LOTS])
    # Nobody holds combos, whose marks may be below zero.
    instruments = core.instruments * (every.max(axis=0) > 0)[:, None]
    weights = instruments[:, at.INSTRUMENT_MAINTENANCE_MICROS]
    tick_micros = instruments[:, at.INSTRUMENT_TICK_VALUE_MICROS]
    values = instruments[:, at.INSTRUMENT_MARK_TICKS] * tick_micros
    lots = core.positions[accounts, instrument, at.POSITION_LOTS]
    cost = core.positions[accounts, instrument, at.POSITION_COST_TICKLOTS]
    equity = core.accounts[accounts, at.ACCOUNT_CASH_MICROS]
    lowest = min(map(int, (weights.min(), values[instrument] - 1, values.min())))
    highest = int(every.max()) * max(int(weights.max()), int(values.max())) * len(instruments)
    bounds = (
        highest,
        *(abs(int(end)) for part in (cost, equity) for end in (part.min(), part.max())),
    )
    if lowest < 0 or max(bounds) >= _SAFE // 2:
        return None
    total, weight = every @ weights, np.full(len(accounts), weights[instrument])
    # As bankruptcy.lot_weights: by value where no scenario moves any of an account's positions.
    unmoved = total == 0
    total[unmoved] = every[unmoved] @ values
    weight[unmoved] = values[instrument]
    ticks = int(instruments[instrument, at.INSTRUMENT_MARK_TICKS])
    value = lots * ticks
    micros = np.abs(value) * int(tick_micros[instrument])
    sound = core.accounts[accounts, at.ACCOUNT_STATUS] != AccountStatus.CLOSING_OUT
    return Holding(lots, cost, value, micros, equity, sound, weight, total)


class _Estimate(NamedTuple):
    """Positive numbers, ``mantissa * 2**exponent``, rounded down."""

    mantissa: Numbers
    exponent: Numbers


def _estimate(numbers: Numbers) -> _Estimate:
    """Return numbers from 1 to 2**62 as estimates."""
    exponent, rest = np.full(len(numbers), -_BITS), numbers.copy()
    for step in (32, 16, 8, 4, 2, 1):
        found = step * (rest >> step > 0)
        rest >>= found
        exponent += found
    return _Estimate(numbers >> np.maximum(exponent, 0) << np.maximum(-exponent, 0), exponent)


def _times(one: _Estimate, other: _Estimate) -> _Estimate:
    product = one.mantissa * other.mantissa
    shift = _BITS + (product >> (2 * _BITS + 1))
    return _Estimate(product >> shift, one.exponent + other.exponent + shift)


def _over(one: _Estimate, other: _Estimate) -> _Estimate:
    quotient = (one.mantissa << (_BITS + 1)) // other.mantissa
    shift = quotient >> (_BITS + 1)
    return _Estimate(quotient >> shift, one.exponent - other.exponent - (_BITS + 1) + shift)


def _estimates(found: Holding) -> tuple[Numbers, Numbers]:
    """Return each holder's group, and within it an estimate that rises with the score.

    A score of 0 is told exactly; the logarithms of others, by sign, in units of a mantissa's.
    """
    lots, cost, value, micros, equity, sound, weight, total = map(np.asarray, found)
    profit = value - cost
    backed = (equity > 0) & (weight > 0)
    group = 2 * sound + ((profit > 0) & ~backed)
    told = backed & (profit != 0)
    gain = _over(
        _estimate(np.where(told, np.abs(profit), 1)), _estimate(np.maximum(1, np.abs(cost)))
    )
    behind = _times(_estimate(np.where(told, equity, 1)), _estimate(np.abs(lots)))
    behind = _times(behind, _estimate(np.maximum(1, weight)))
    leverage = _over(_times(_estimate(total), _estimate(micros)), behind)
    backing = _over(behind, _times(_estimate(total), _estimate(micros)))
    score = _Estimate(
        *(
            np.where(profit > 0, won, lost)
            for won, lost in zip(_times(gain, leverage), _times(gain, backing), strict=True)
        )
    )
    size = (score.exponent + _BIAS << _BITS) + score.mantissa
    return group, np.where(told, size * np.sign(profit), 0)
