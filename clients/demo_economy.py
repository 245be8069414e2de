"""The rental economy behind a demo: its days, what of them is reported, and what participants hear.

One day of the economy is one day of the market. It is lived in a worker thread when its day begins;
its observations are reported as the market's time passes them, and at its end every participant
hears its statement, and what participants did in the economy takes effect.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import msgspec

from clients.economy import shocks
from clients.economy.day import EconomyDay
from clients.economy.economy import Economy
from clients.economy.statements import RentalDay
from clients.live import LiveTrader
from clients.participants.acts import Act, Actor, FleetChange, ListCut
from clients.population import Member
from exchange.admin.client import CallLost, CallRefused, OperatorClient
from exchange.indices.observation_store import ObservationStore, Report
from exchange.indices.observations import Observation
from marketdata.days import NS_PER_DAY, date_of

logger = logging.getLogger(__name__)

HISTORY_DAYS = 10
"""Days before the running month that are lived and reported before the exchange starts, so that its
fixings are known, and those that a missing one is looked back for."""
PUSHES_A_DAY = 24
"""How often a day the observations of the hours before are reported."""
ROWS_A_CALL = 200
REPORTER = "demo-index"
NS_PER_MS = 1_000_000
NAME = "economy.json"


class Founded(msgspec.Struct, frozen=True):
    """How a demo's economy began, so that a later run goes on with the same one."""

    seed: int
    first_day: int


class RentalMarket:
    """An economy with the participants of a demo among its members.

    directory: the exchange's data directory; an economy that is there goes on. today: days since 1970.
    """

    def __init__(self, seed: int, directory: Path, members: Sequence[Member], today: int) -> None:
        self._directory = directory
        path = directory / NAME
        founded = Founded(seed, today - date_of(today).day - HISTORY_DAYS)
        self._is_new = not path.exists()
        if self._is_new:
            directory.mkdir(parents=True, exist_ok=True, mode=0o700)
            path.write_bytes(msgspec.json.encode(founded))
        else:
            founded = msgspec.json.decode(path.read_bytes(), type=Founded)
        self.days_before = max(0, today - founded.first_day)
        """Days to be lived before today."""
        self.economy = Economy(seed=founded.seed, first_day=founded.first_day)
        for member in members:
            join(self.economy, member)
        self.latest: EconomyDay | None = None
        """The last day that is over."""

    def live_until(self, today: int, progress: Callable[[int], None]) -> None:
        """Live the days before today; those of a new economy become reports of the time.

        progress: called with the days that are done.
        """
        store = ObservationStore(self._directory)
        done = 0
        while self.economy.day < today:
            self.latest = self.economy.step()
            if self._is_new:
                for report in reports_of(self.latest):
                    store.append(report)
            done += 1
            progress(done)

    async def run(
        self,
        now_ns: Callable[[], int],
        client: OperatorClient,
        runners: Sequence[LiveTrader],
        period_s: float = 0.05,
    ) -> None:
        """Live the market's days as they come, until cancelled."""
        while True:
            day = await asyncio.to_thread(self.economy.step)
            begin_ns = day.day * NS_PER_DAY
            await self._report(day, now_ns, client, period_s)
            while now_ns() < begin_ns + NS_PER_DAY:
                await asyncio.sleep(period_s)
            self.latest = day
            for runner in runners:
                runner.hear(statement_of(day, runner.trader.name))
            for act in acts_of(runners):
                carry_out(self.economy, act)

    async def _report(
        self, day: EconomyDay, now_ns: Callable[[], int], client: OperatorClient, period_s: float
    ) -> None:
        """Report a day's observations in PUSHES_A_DAY parts, none before its time has passed."""
        rows, sent = day.observations, 0
        span_ns = NS_PER_DAY // PUSHES_A_DAY
        for push in range(1, PUSHES_A_DAY + 1):
            until_ns = day.day * NS_PER_DAY + push * span_ns
            while now_ns() < until_ns:
                await asyncio.sleep(period_s)
            end = sent
            while end < len(rows) and rows[end].ts_ns <= until_ns:
                end += 1
            for first in range(sent, end, ROWS_A_CALL):
                await self._call(client, rows[first : min(end, first + ROWS_A_CALL)])
            sent = end

    async def _call(self, client: OperatorClient, rows: Sequence[Observation]) -> None:
        params = {"observations": [wire_row(row) for row in rows]}
        try:
            await asyncio.to_thread(client.call, "operator/report_observations", params)
        except (CallLost, CallRefused) as error:
            # The index goes on without these rows, as it would with a provider that fails to report.
            logger.warning("%d observations were not reported: %s", len(rows), error)


def wire_row(row: Observation) -> dict[str, object]:
    """Return an observation as ``operator/report_observations`` takes it."""
    fields: dict[str, object] = {
        "timestamp": row.ts_ns // NS_PER_MS,
        "price": row.price_micros / 1_000_000,
        **{name: value for name, value in row._asdict().items() if value},
    }
    del fields["ts_ns"], fields["price_micros"]
    return fields


def reports_of(day: EconomyDay) -> Iterator[Report]:
    """Give a past day's observations as if they had been reported through the day."""
    rows, span_ns = day.observations, NS_PER_DAY // PUSHES_A_DAY
    sent = 0
    for push in range(1, PUSHES_A_DAY + 1):
        until_ns = day.day * NS_PER_DAY + push * span_ns
        end = sent
        while end < len(rows) and rows[end].ts_ns <= until_ns:
            end += 1
        if end > sent:
            yield Report(until_ns, REPORTER, tuple(rows[sent:end]))
        sent = end


def statement_of(day: EconomyDay, name: str) -> RentalDay:
    """Return a participant's statement; one without rentals for who is no member of the economy."""
    found = day.statements.get(name)
    if found is not None:
        return found
    return RentalDay(
        day=day.day,
        ts_ns=(day.day + 1) * NS_PER_DAY,
        participant=name,
        lines=(),
        fleet={},
        utilisation={},
        spot=day.summaries,
        other_micros=0,
    )


def join(economy: Economy, member: Member) -> None:
    """Make a participant with a real business a member of the economy; others stay out."""
    params = member.params
    underlying = str(params.get("underlying", "H100"))
    match member.kind:
        case "ai-lab":
            hours = float(params["gpu_hours"]) * 12 / 365
            economy.add_customer(member.name, {underlying: hours})
        case "neocloud" | "loan-vehicle" | "lease-token":
            economy.add_provider(member.name, {underlying: round(params["fleet_gpus"])})
        case "hyperscaler":
            gpus = round(params["fleet_gpus"])
            economy.add_provider(member.name, {underlying: gpus}, cloud="hyperscaler")
        case _:
            pass


def acts_of(runners: Sequence[LiveTrader]) -> list[Act]:
    """Return what participants did in the economy since the last call."""
    return [
        act
        for runner in runners
        if isinstance(runner.trader, Actor)
        for act in runner.trader.take_acts()
    ]


def carry_out(economy: Economy, act: Act) -> None:
    """Let an act take effect in the economy; one that it does not allow is told of and left."""
    try:
        match act:
            case FleetChange():
                economy.membership.change_fleet(act.participant, act.underlying, act.gpus)
            case ListCut():
                economy.shock(
                    shocks.ListCut(
                        share=-act.change, provider=act.participant, underlying=act.underlying
                    )
                )
    except (ValueError, shocks.ShockError) as error:
        logger.warning("%s of %s: %s", type(act).__name__, act.participant, error)
