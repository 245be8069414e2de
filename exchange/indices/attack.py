"""What it costs to move the monthly mean of an index through one provider.

The adversary adds observations at a provider, every day of a month: rentals that it agrees at a price
beside the market's, or lists that nobody pays. Bisection finds the least amount that moves the mean of
the month's prints by the target; where none does, the rules that held it are named.
"""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Literal, NamedTuple

import numpy as np

from exchange.explained import ExplainedError
from exchange.indices.admission import Admission, admit
from exchange.indices.calculation import Calculation
from exchange.indices.computing import first_close, without_revisions
from exchange.indices.methodology import Methodology, TransactionTerms
from exchange.indices.observations import Line, Observation
from exchange.indices.panel import Panel
from exchange.indices.series import IndexSeries, close_ns
from marketdata.days import NS_PER_DAY

Means = Literal["rentals", "lists"]

FACTORS = (1.02, 1.05, 1.1, 1.2, 1.35, 1.5, 2.0, 3.0, 5.0)
"""Prices over the market's (or under, inverted) that an adversary tries for rentals of any volume."""

OFFERS = 40
"""Offers that it adds where an index counts offers, whatever their volume: enough to be the provider's mean."""

SMALLEST_DEAL_GPU_HOURS = 8.0
"""One hour of one server: what a rental must be to be reported; a default."""

BEFORE_CLOSE_NS = 30 * 60 * 10**9
HIGHEST_VOLUME = 20.0
"""Most that is added a day, in multiples of the market's volume."""

_PRICE_STEP = 0.1
_PRICES = 16
_HALVINGS = 10


class AttackError(ExplainedError, ValueError):
    """A month, provider or index on which no attack can be measured; the text says what to do."""


class Attack(NamedTuple):
    """The cheapest attack by one means at one price, and what held it where it failed.

    factor: price over the market's. gpu_hours: added a day. moved: of the monthly mean, a share. cost_usd:
    paid beside the market's price over the month; fees_usd: what others keep of all that is paid.
    held_by: rules that bounded it, and the days.
    """

    means: Means
    factor: float
    gpu_hours: float
    moved: float
    succeeds: bool
    cost_usd: float
    fees_usd: float
    held_by: dict[str, int]


class Target:
    """One index over one month, to be calculated again and again with more observations."""

    def __init__(
        self, panel: Panel, methodology: Methodology, provider: str, first_day: int, last_day: int
    ) -> None:
        """Calculate until the month begins.

        panel: in order of time. Raises AttackError where the month has no print or the provider no offer
        that counts.
        """
        self._methodology = without_revisions(methodology)
        self._days = range(first_day, last_day + 1)
        self.provider = provider
        self._terms = methodology.at(first_day).terms
        rule = self._terms.publication
        ends = [close_ns(day, rule) for day in (first_day - 1, *self._days)]
        bounds = np.searchsorted(panel.ts_ns, ends, side="right")
        self._month = [
            panel.take(slice(begin, end)).compact() for begin, end in itertools.pairwise(bounds)
        ]
        self._line = self._usual_line(panel.take(slice(0, int(bounds[-1]))))
        self._start = IndexSeries(self._methodology)
        before = panel.take(slice(0, int(bounds[0])))
        if len(before):
            days = range(first_close(int(before.ts_ns[0]), self._methodology), first_day)
            cuts = np.searchsorted(
                before.ts_ns, [close_ns(day, rule) for day in days], side="right"
            )
            for day, begin, end in zip(days, [0, *cuts[:-1]], cuts, strict=True):
                self._start.close(day, before.take(slice(int(begin), int(end))))
        self.plain = self.run([])
        prices = [each.price_micros for each in self.plain if each.price_micros]
        if not prices:
            reason = Counter(each.withheld_reason for each in self.plain).most_common(1)
            why = f" ({reason[0][0]})" if reason else ""
            raise AttackError(
                f"{methodology.name} has no print in the month{why}; choose another with --month"
            )
        self.level = sum(prices) / len(prices) / 1e6

    def _usual_line(self, panel: Panel) -> Line:
        admission = admit(panel.lines, self._terms.underlying, self._terms.eligible)
        mine = np.array([line.provider == self.provider for line in panel.lines], bool)
        usable = (admission == Admission.ADMITTED) & mine
        rows = panel.line[usable[panel.line]]
        if not len(rows):
            names = sorted(
                {
                    panel.lines[place].provider
                    for place in np.flatnonzero(admission == Admission.ADMITTED).tolist()
                }
            )
            known = ", ".join(names[:30]) or "none"
            raise AttackError(
                f"{self.provider!r} has no observation that {self._methodology.name} counts; "
                f"providers that have: {known}"
            )
        return panel.lines[int(np.bincount(rows).argmax())]

    def run(self, added: Sequence[Sequence[Observation]]) -> list[Calculation]:
        """Return the month's calculations with more rows each day."""
        series = self._start.copy()
        found = []
        for number, day in enumerate(self._days):
            rows = self._month[number]
            if added:
                rows = Panel.joined([rows, Panel.of(added[number])])
            calculation, _, _ = series.close(day, rows)
            if calculation is not None:
                found.append(calculation)
        return found

    def rows(self, factor: float, gpu_hours: float, means: Means) -> list[list[Observation]]:
        """Return each day's additional rows at factor × the market's price."""
        rule = self._terms.publication
        count = 1 if isinstance(self._terms, TransactionTerms) else OFFERS
        line = self._line._replace(executed=means == "rentals", rental="on_demand", term_months=0)
        listed = math.exp(self._list_effect()) if means == "lists" else 1.0
        price = max(1, round(self.level * factor * listed * 1e6))
        return [
            [
                Observation(
                    close_ns(day, rule) - BEFORE_CLOSE_NS,
                    price,
                    *line._replace(region=f"added {number}" if count > 1 else line.region),
                    gpu_hours,
                )
                for number in range(count)
            ]
            for day in self._days
        ]

    def _list_effect(self) -> float:
        """Return the log effect by which the index brings the provider's lists down."""
        for each in self.plain:
            if "coefficients" in each.steps:
                return float(each.steps["coefficients"].get("deal.listed", 0.0))
        return 0.0

    def volume(self) -> float:
        """Return the mean GPU-hours a day that the index counts."""
        sums: list[float] = [sum(each.steps.get("volumes", {}).values()) for each in self.plain]
        return sum(sums) / max(1, len(sums))

    def moved(self, calculations: Sequence[Calculation]) -> float:
        """Return the change of the mean over the month's prints, nan where none is left."""
        prices = [each.price_micros for each in calculations if each.price_micros]
        return sum(prices) / len(prices) / 1e6 / self.level - 1 if prices else math.nan

    def held_by(self, calculations: Sequence[Calculation], price: float) -> dict[str, int]:
        """Return the rules that bounded the added prices, and the days on which each did."""
        found: Counter[str] = Counter()
        withheld = {each.day for each in self.plain if each.price_micros is None}
        for each in calculations:
            steps = each.steps
            if each.price_micros is None and each.day not in withheld:
                found[f"withheld: {each.withheld_reason.split(' ')[0]}"] += 1
            if steps.get("outside", {}).get(self.provider):
                found["price band"] += 1
            if steps.get("offers", {}).get("waiting", 0) >= OFFERS:
                found["day-over-day check"] += 1
            lowest, highest = steps.get("winsor", (0.0, math.inf))
            if not lowest <= price <= highest:
                found["winsorising"] += 1
            weights = each.weights
            if weights.get(self.provider, 0.0) >= self._terms.weights.cap * (1 - 1e-9):
                found["provider cap"] += 1
        return dict(found)

    @property
    def counts_volume(self) -> bool:
        """Whether more volume has more weight."""
        return isinstance(self._terms, TransactionTerms) and self._terms.weights.by == "gpu_hours"

    @property
    def takes_lists(self) -> bool:
        """Whether listed prices count."""
        return self._terms.eligible.listed

    @property
    def takes_rentals(self) -> bool:
        """Whether executed rentals count."""
        return self._terms.eligible.executed

    @property
    def month_days(self) -> int:
        """Days of the month."""
        return len(self._days)


def attacks(
    target: Target,
    move: float,
    fee: float,
    progress: Callable[[int, int], None] = lambda done, of: None,
) -> list[Attack]:
    """Return what each means and price would cost to move the monthly mean by `move`, cheapest first.

    fee: share of what is paid that others keep (the provider's own part may come back to the adversary).
    """
    factors = [each if move > 0 else 1 / each for each in FACTORS]
    found: list[Attack] = []
    total = len(factors) * target.takes_rentals + 1
    if target.takes_lists:
        found.append(_by_price(target, "lists", move, fee))
    if target.takes_rentals and not target.counts_volume:
        found.append(_by_price(target, "rentals", move, fee))
    elif target.takes_rentals:
        for number, factor in enumerate(factors):
            found.append(_by_volume(target, factor, move, fee))
            progress(number + 1, total)
    progress(total, total)
    return sorted(found, key=lambda each: (not each.succeeds, each.cost_usd + each.fees_usd))


def _by_price(target: Target, means: Means, move: float, fee: float) -> Attack:
    """Find the least price: an index that counts offers is moved by what they say, not by how much."""
    hours = SMALLEST_DEAL_GPU_HOURS if means == "rentals" else 0.0
    sign = math.copysign(1.0, move)

    def outcome(log_factor: float) -> tuple[float, list[Calculation]]:
        found = target.run(target.rows(math.exp(sign * log_factor), hours, means))
        return target.moved(found) * sign, found

    # Too high a price is caught, so the least that succeeds is looked for from below.
    prices = (_PRICE_STEP * step for step in range(1, _PRICES + 1))
    least = _least(outcome, prices, abs(move), _Tried(0.0, -math.inf, target.plain))
    factor = math.exp(sign * least.at)
    held = target.held_by(least.calculations, target.level * factor)
    if not least.succeeds:
        highest = _PRICE_STEP * _PRICES
        held |= target.held_by(outcome(highest)[1], target.level * math.exp(sign * highest))
    offers = OFFERS if means == "rentals" else 0
    paid = offers * hours * target.month_days * target.level
    return Attack(
        means,
        factor,
        offers * hours,
        sign * least.moved,
        least.succeeds,
        paid * abs(factor - 1),
        paid * factor * fee,
        held,
    )


def _by_volume(target: Target, factor: float, move: float, fee: float) -> Attack:
    """Find the least volume at one price; a larger one moves the mean at least as far, until withheld."""
    sign = math.copysign(1.0, move)

    def outcome(hours: float) -> tuple[float, list[Calculation]]:
        found = target.run(target.rows(factor, hours, "rentals"))
        moved = target.moved(found) * sign
        lost = sum(each.price_micros is None for each in found) - sum(
            each.price_micros is None for each in target.plain
        )
        # A month of which most days are withheld is settled by the contract's fallback, not by these.
        return (moved if lost * 2 <= len(found) else 0.0), found

    high = max(SMALLEST_DEAL_GPU_HOURS, HIGHEST_VOLUME * target.volume())
    none = _Tried(SMALLEST_DEAL_GPU_HOURS, 0.0, target.plain)
    least = _least(outcome, _doubled(SMALLEST_DEAL_GPU_HOURS, high), abs(move), none)
    paid = least.at * target.month_days * target.level
    return Attack(
        "rentals",
        factor,
        least.at,
        sign * least.moved,
        least.succeeds,
        paid * abs(factor - 1),
        paid * factor * fee,
        target.held_by(least.calculations, target.level * factor),
    )


class _Tried(NamedTuple):
    """What one size of an attack comes to."""

    at: float
    moved: float
    calculations: list[Calculation]
    succeeds: bool = False


def _least(
    outcome: Callable[[float], tuple[float, list[Calculation]]],
    sizes: Iterable[float],
    needed: float,
    none: _Tried,
) -> _Tried:
    """Return about the least size that moves the mean far enough, else the one that moves it furthest.

    sizes: rising; the first that is enough is halved towards the one before. none: where none moves it.
    """
    low, best = 0.0, none
    for size in sizes:
        moved, found = outcome(size)
        if moved > best.moved:
            best = _Tried(size, moved, found)
        if moved >= needed:
            best = _Tried(size, moved, found, succeeds=True)
            break
        low = size
    for _ in range(_HALVINGS if best.succeeds else 0):
        middle = (low + best.at) / 2
        moved, found = outcome(middle)
        if moved >= needed:
            best = _Tried(middle, moved, found, succeeds=True)
        else:
            low = middle
    return best


def _doubled(size: float, highest: float) -> Iterator[float]:
    """Yield a size, its double and so on, at last the highest."""
    yield size
    while size < highest:
        size = min(highest, 2 * size)
        yield size


def month_days(year: int, month: int) -> tuple[int, int]:
    """Return the first and the last day (since 1970) of a month."""
    first = np.datetime64(f"{year:04}-{month:02}", "M")
    return (
        int(first.astype("datetime64[D]").astype(int)),
        int((first + 1).astype("datetime64[D]").astype(int)) - 1,
    )


def last_full_month(panel: Panel) -> tuple[int, int]:
    """Return year and month of the last month to whose end a panel reaches, else of its last."""
    day = np.datetime64(int(panel.ts_ns.max()) // NS_PER_DAY, "D")
    month = day.astype("datetime64[M]")
    if (month + 1).astype("datetime64[D]") - day > np.timedelta64(1, "D"):
        month = month - 1
    if int((month + 1).astype("datetime64[D]").astype(int)) * NS_PER_DAY <= int(panel.ts_ns.min()):
        month = day.astype("datetime64[M]")
    year, number = divmod(int(month.astype(int)), 12)
    return 1970 + year, number + 1
