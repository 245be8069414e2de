"""The economy behind a demo: history and live days as reports, statements, acts."""

from __future__ import annotations

import asyncio
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest

from clients.demo_economy import (
    NS_PER_MS,
    PUSHES_A_DAY,
    RentalMarket,
    carry_out,
    reports_of,
    statement_of,
    wire_row,
)
from clients.economy.statements import RentalDay
from clients.participants.acts import FleetChange, ListCut
from clients.population import Member
from exchange.gateway.methods.operator.observations import ReportedObservation
from exchange.indices.observation_store import ObservationStore
from marketdata.days import NS_PER_DAY, day_number

TODAY = day_number(date(2026, 11, 3))
MEMBERS = [
    Member("lab", "ai-lab", {"gpu_hours": 30_000}),
    Member("cloud", "neocloud", {"fleet_gpus": 64, "underlying": "B200"}),
    Member("hyper", "hyperscaler", {"fleet_gpus": 5_000}),
    Member("maker", "market-maker", {}),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo")


@pytest.fixture(scope="module")
def rentals(folder: Path) -> RentalMarket:
    market = RentalMarket(5, folder, MEMBERS, TODAY)
    seen: list[int] = []
    market.live_until(TODAY, seen.append)
    assert seen == list(range(1, market.days_before + 1))
    return market


def test_the_days_before_are_reported_in_their_time(rentals: RentalMarket, folder: Path) -> None:
    reports = list(ObservationStore(folder).reports())
    # Ten days of October, and what is over of November.
    assert rentals.days_before == 10 + 3
    assert {one.reported_ns // NS_PER_DAY for one in reports} >= set(range(TODAY - 12, TODAY))
    for one in reports:
        assert one.rows
        # Nothing is told before it happened, nor long after.
        late = [one.reported_ns - row.ts_ns for row in one.rows]
        assert min(late) >= 0
        assert max(late) <= NS_PER_DAY // PUSHES_A_DAY
    assert rentals.latest is not None
    told = [row for one in reports_of(rentals.latest) for row in one.rows]
    assert told == list(rentals.latest.observations)


def test_a_row_says_the_same_on_the_wire(rentals: RentalMarket) -> None:
    assert rentals.latest is not None
    for row in rentals.latest.observations[::97]:
        told = msgspec.json.decode(msgspec.json.encode(wire_row(row)), type=ReportedObservation)
        assert told.timestamp == row.ts_ns // NS_PER_MS
        assert round(told.price * Decimal(10**6)) == row.price_micros
        assert (told.underlying, told.provider, told.rental) == (
            row.underlying,
            row.provider,
            row.rental,
        )
        assert (told.executed, float(told.gpu_hours)) == (row.executed, row.gpu_hours)


def test_members_have_statements_and_others_the_market_alone(rentals: RentalMarket) -> None:
    day = rentals.latest
    assert day is not None
    lab, cloud = statement_of(day, "lab"), statement_of(day, "cloud")
    assert {line.sold for line in lab.lines} == {False}
    assert sum(line.gpu_hours for line in lab.lines) == pytest.approx(30_000 * 12 / 365, rel=0.1)
    assert cloud.fleet == {"B200": 64}
    maker = statement_of(day, "maker")
    assert (maker.lines, maker.fleet, maker.spot) == ((), {}, day.summaries)
    assert maker.ts_ns == (day.day + 1) * NS_PER_DAY


def test_a_later_run_goes_on_with_the_same_economy(rentals: RentalMarket, folder: Path) -> None:
    before = len(list(ObservationStore(folder).reports()))
    again = RentalMarket(99, folder, MEMBERS, TODAY)
    again.live_until(TODAY, lambda days: None)
    assert again.latest is not None
    assert rentals.latest is not None
    assert again.latest.observations == rentals.latest.observations
    # What was reported is not reported again.
    assert len(list(ObservationStore(folder).reports())) == before


def test_acts_take_effect_and_impossible_ones_are_told(
    rentals: RentalMarket, caplog: pytest.LogCaptureFixture
) -> None:
    economy = rentals.economy
    carry_out(economy, FleetChange(day=TODAY, participant="cloud", underlying="B200", gpus=6))
    carry_out(economy, ListCut(day=TODAY, participant="hyper", underlying="H100", change=-0.4))
    carry_out(economy, FleetChange(day=TODAY, participant="nobody", underlying="B200", gpus=6))
    assert len(caplog.records) == 1
    assert "nobody" in caplog.text
    day = economy.step()
    assert statement_of(day, "cloud").fleet == {"B200": 70}


class Runner:
    """A live trader that keeps what it hears."""

    def __init__(self, name: str) -> None:
        self.trader = type("Named", (), {"name": name})()
        self.heard: list[RentalDay] = []

    def hear(self, message: RentalDay) -> None:
        self.heard.append(message)


class Client:
    """An operator's client that keeps what is reported."""

    def __init__(self) -> None:
        self.rows: list[dict[str, Any]] = []

    def call(self, method: str, params: dict[str, Any]) -> dict[str, Any]:
        assert method == "operator/report_observations"
        self.rows += params["observations"]
        return {"taken": len(params["observations"])}


def test_live_days_are_reported_as_time_passes_and_told_at_their_end(
    rentals: RentalMarket,
) -> None:
    first = rentals.economy.day
    now = [first * NS_PER_DAY]
    client, runner = Client(), Runner("lab")

    async def work() -> None:
        running = asyncio.create_task(
            rentals.run(lambda: now[0], client, [runner], 0.001)  # type: ignore[arg-type,list-item]
        )
        for half in range(1, 5):
            now[0] = first * NS_PER_DAY + half * NS_PER_DAY // 2
            # A day of the economy takes its time; the bound is generous.
            for _ in range(2_000):
                await asyncio.sleep(0.005)
                if len(runner.heard) == half // 2 and (half % 2 == 0 or client.rows):
                    break
            assert all(row["timestamp"] * NS_PER_MS <= now[0] for row in client.rows)
            assert len(runner.heard) == half // 2
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

    asyncio.run(work())
    assert [day.day for day in runner.heard] == [first, first + 1]
    assert len(client.rows) > 1_000
