"""An index process that goes on from observed prices, and is a pure function of seed and time.

Each interval's log-return is drawn from the observed ones (bootstrap: Efron 1979), centred and scaled by
the square root of time from the observed spacing to the interval. The walk starts at the last observed level,
has no drift in price, and is reflected at 1/8 and 8 times its start, so no seed carries a long run
out of the instruments' price domain. Draws are raw 64-bit words of PCG64 keyed by (seed,
underlying, block), whose stream numpy keeps stable, and are summed as integers: the price of a time
does not depend on which times were asked before.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from exchange.indices.chain import chain
from exchange.indices.observations import Observation
from marketdata.days import NS_PER_DAY

BLOCK_STEPS = 4096
LOG_UNIT = 1e-12
REFLECTION = 8.0
MIN_RETURNS = 2

_YEAR_NS = 365 * NS_PER_DAY
_BOUND_UNITS = round(math.log(REFLECTION) / LOG_UNIT)
_MAX_STEP_UNITS = round(1.0 / LOG_UNIT)
_MAX_INTERVAL_NS = 7 * NS_PER_DAY
_MAX_TIME_SCALE = 1e6


class IndexWalk:
    """Index prices of one underlying, one every `interval_ns`, from `start_ns` on.

    observations: rows of this and other underlyings in order of time, or of this one alone.
    seed: any integer from 0; start_ns: when the walk leaves the last observed level (default: the time of
    the last observation). time_scale: how much faster than the calendar the walk moves, 1 for real
    time; the variance of an interval grows in proportion.
    """

    def __init__(
        self,
        underlying: str,
        observations: Sequence[Observation],
        seed: int,
        interval_ns: int,
        *,
        start_ns: int | None = None,
        time_scale: float = 1.0,
    ) -> None:
        """Prepare the draws.

        Raises ValueError where the underlying has too few observations to draw from or a parameter
        is out of bounds.
        """
        if not 0 < interval_ns <= _MAX_INTERVAL_NS:
            raise ValueError(f"interval_ns {interval_ns} is not in 1 to {_MAX_INTERVAL_NS}")
        if not 0 < time_scale <= _MAX_TIME_SCALE:
            raise ValueError(f"time_scale {time_scale} is not above 0 and up to {_MAX_TIME_SCALE}")
        if seed < 0:
            raise ValueError(f"seed {seed} is negative")
        rows = [row for row in observations if row.underlying == underlying]
        if not rows:
            raise ValueError(f"no observed price of {underlying}")
        path = chain(rows)
        self.underlying = underlying
        self.interval_ns = interval_ns
        self.start_ns = path.last_ts_ns if start_ns is None else start_ns
        self.start_price_micros = path.last_price_micros
        rates = _centred_rates([(step.log_return, step.elapsed_ns) for step in path.steps])
        if rates.size < MIN_RETURNS:
            raise ValueError(
                f"{underlying} needs observed prices at {MIN_RETURNS + 1} times or more"
            )
        steps = rates * math.sqrt(interval_ns * time_scale)
        variance = float(np.mean(steps**2))
        self.volatility_per_year = math.sqrt(variance * _YEAR_NS / interval_ns)
        """Standard deviation of a year's log-return of this walk, time_scale included."""
        units = np.rint((steps - variance / 2) / LOG_UNIT)
        self._draws = np.clip(units, -_MAX_STEP_UNITS, _MAX_STEP_UNITS).astype(np.int64)
        name = int.from_bytes(hashlib.sha256(underlying.encode()).digest()[:8], "little")
        self._key = (seed, name)
        self._block_starts: list[int] = [0]
        self._block = -1
        self._units = np.zeros(0, np.int64)

    def price_micros(self, ts_ns: int) -> int:
        """Return the index at a time in micro-dollars per GPU-hour; before start_ns the start's price.

        The price changes at multiples of interval_ns after start_ns. Going forward costs a few
        microseconds a call; the first call pays for the steps since start_ns (about 20 ns each).
        """
        step = max(0, (ts_ns - self.start_ns) // self.interval_ns)
        if step == 0:
            return self.start_price_micros
        block, offset = divmod(step - 1, BLOCK_STEPS)
        if block != self._block:
            self._enter(block)
        units = _reflected(self._block_starts[block] + int(self._units[offset]))
        return max(1, round(self.start_price_micros * math.exp(units * LOG_UNIT)))

    def _enter(self, block: int) -> None:
        """Hold the running sums of one block's steps, after those of the blocks before it."""
        while len(self._block_starts) <= block:
            done = len(self._block_starts) - 1
            total = int(self._steps(done).sum())
            self._block_starts.append(self._block_starts[done] + total)
        self._units = np.cumsum(self._steps(block))
        self._block = block

    def _steps(self, block: int) -> NDArray[np.int64]:
        words = np.random.PCG64(np.random.SeedSequence((*self._key, block))).random_raw(BLOCK_STEPS)
        drawn: NDArray[np.int64] = self._draws[words % np.uint64(len(self._draws))]
        return drawn


def _centred_rates(moves: Sequence[tuple[float, int]]) -> NDArray[np.float64]:
    """Return each log-return less the mean drift, over the square root of its nanoseconds.

    Together they are scaled to the realised variance (squared returns over elapsed time), because
    moves between prints that lie seconds apart would otherwise count as if they went on all year.
    """
    if not moves:
        return np.zeros(0)
    elapsed = np.array([elapsed_ns for _, elapsed_ns in moves], np.float64)
    returns = np.array([move for move, _ in moves])
    returns -= returns.sum() / elapsed.sum() * elapsed
    rates = returns / np.sqrt(elapsed)
    rates -= rates.mean()
    variance = float(np.mean(rates**2))
    if variance == 0.0:
        return rates
    realised = float(np.sum(returns**2) / elapsed.sum())
    scaled: NDArray[np.float64] = rates * math.sqrt(realised / variance)
    return scaled


def _reflected(units: int) -> int:
    """Fold a sum of steps into the bounds, as a mirror at each of them would."""
    period = 4 * _BOUND_UNITS
    phase = (units + _BOUND_UNITS) % period
    return phase - _BOUND_UNITS if phase <= 2 * _BOUND_UNITS else 3 * _BOUND_UNITS - phase
