"""Reported observations: all or none, every fault named, on disk when answered, and nobody else's."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

import pytest

from exchange.gateway.methods.operator.observations import ReportedObservation
from exchange.indices.index_source import WalkSource
from exchange.indices.methodology import shipped
from exchange.indices.observation_store import ObservationStore
from exchange.indices.publication import Publisher
from exchange.indices.reported_source import ReportedSource
from tests.exchange.gateway.live import Live, Runner
from tests.exchange.gateway.methods.protocol_tables import params_rows, tables

CALL = "operator/report_observations"


def row(**fields: Any) -> dict[str, Any]:
    now_ms = int(time.time() * 1_000)
    good = {
        "timestamp": now_ms - 1_000,
        "price": 2.5,
        "underlying": "H100",
        "provider": "p1",
        "cloud_type": "neocloud",
        "rental": "on_demand",
        "executed": True,
        "gpu_hours": 12.5,
    }
    return good | fields


class Still:
    def price_micros(self, ts_ns: int) -> int:
        return 2_500_000


def reported(running: Live, folder: Path) -> None:
    walk = WalkSource({"h100_usd": Still()}, time.time_ns())
    running.venue.reported = ReportedSource(ObservationStore(folder), Publisher(shipped()), walk)


def test_what_is_answered_is_on_disk(live_venue: Runner, tmp_path: Path) -> None:
    async def scenario(running: Live) -> None:
        reported(running, tmp_path / "data")
        key = running.keys.create("index", ("index:read_write",), created_ns=1)
        async with running.client() as client:
            await client.authenticate(key)
            answer = await client.call(CALL, observations=[row(), row(provider="p2", price=2.6)])
            assert answer["taken"] == 2
            (kept,) = ObservationStore(tmp_path / "data").reports()
            assert kept.reporter == key.client_id
            assert kept.reported_ns // 10**6 == answer["timestamp"]
            told = [(one.provider, one.price_micros, one.gpu_hours) for one in kept.rows]
            assert told == [("p1", 2_500_000, 12.5), ("p2", 2_600_000, 12.5)]

    live_venue(scenario)


def test_every_fault_is_named_and_nothing_is_kept(live_venue: Runner, tmp_path: Path) -> None:
    async def scenario(running: Live) -> None:
        reported(running, tmp_path / "data")
        key = running.keys.create("index", ("index:read_write",), created_ns=1)
        faulty = {
            "timestamp: is in the future": row(timestamp=int(time.time() * 1_000) + 60_000),
            "timestamp: is more than a year ago": row(timestamp=1),
            "price: is not above 0": row(price=0),
            "price: is not above 0 and up to 1000 $": row(price=1_001),
            "cloud_type: 'cloudy' is none of hyperscaler": row(cloud_type="cloudy"),
            "gpu_hours: is 0 of an executed rental": row(gpu_hours=0),
            "gpu_hours: is not from 0": row(gpu_hours=-1),
            "term_months: goes with rental reserved": row(term_months=12),
        }
        rows = [row(), *faulty.values(), row()]
        async with running.client() as client:
            await client.authenticate(key)
            error = await client.refused(CALL, observations=rows)
            assert error["data"]["param"] == "observations"
            faults = error["data"]["faults"]
            for number, text in enumerate(faulty, start=1):
                assert any(f.startswith(f"observations[{number}]") and text in f for f in faults), (
                    text,
                    faults,
                )
            assert faults[-1] == "observations[9]: repeats observations[0]; leave it out"
            assert f"{len(faults)} faults" in error["data"]["reason"]
            for wrong in (row(price="much"), row(colour="red"), {"price": 1}):
                assert (await client.refused(CALL, observations=[wrong]))["code"] == -32602
            assert list(ObservationStore(tmp_path / "data").reports()) == []

    live_venue(scenario)


@pytest.mark.parametrize(
    ("scopes", "code"),
    [(("operator:read_write",), 13021), (("account:read", "trade:read_write"), 13021)],
)
def test_nobody_else_reports(
    live_venue: Runner, tmp_path: Path, scopes: tuple[str, ...], code: int
) -> None:
    async def scenario(running: Live) -> None:
        reported(running, tmp_path / "data")
        key = running.keys.create("alice", scopes, created_ns=1)
        provider = running.keys.create("index", ("index:read_write",), created_ns=1)
        async with running.client() as client, running.client() as other:
            await client.authenticate(key)
            assert (await client.refused(CALL, observations=[row()]))["code"] == code
            # And a provider does nothing else.
            await other.authenticate(provider)
            halt = {"state": "halted", "instrument_name": "H100-PERPETUAL", "reason": "x"}
            assert (await other.refused("operator/set_state", **halt))["code"] == 13021
            assert (await other.refused("private/get_positions"))["code"] == 13021

    live_venue(scenario)


def test_an_exchange_of_walks_takes_none(live_venue: Runner) -> None:
    async def scenario(running: Live) -> None:
        key = running.keys.create("index", ("index:read_write",), created_ns=1)
        async with running.client() as client:
            await client.authenticate(key)
            error = await client.refused(CALL, observations=[row()])
            assert "--indices reported" in error["data"]["reason"]

    live_venue(scenario)


def test_reports_at_once_are_all_kept(live_venue: Runner, tmp_path: Path) -> None:
    async def scenario(running: Live) -> None:
        reported(running, tmp_path / "data")
        key = running.keys.create("index", ("index:read_write",), created_ns=1)
        async with running.client() as client:
            await client.authenticate(key)
            calls = [
                await client.post(CALL, observations=[row(provider=f"p{n}")]) for n in range(8)
            ]
            for call in calls:
                assert (await client.answer(call))["result"]["taken"] == 1
        await asyncio.sleep(0)
        kept = list(ObservationStore(tmp_path / "data").reports())
        assert {one.rows[0].provider for one in kept} == {f"p{n}" for n in range(8)}

    live_venue(scenario)


def test_the_table_of_a_row_is_that_of_the_page(checkout: Path) -> None:
    page = tables(checkout / "docs" / "protocol" / "observations.md")
    rows = page["ReportedObservation"]
    assert [each[:3] for each in rows] == params_rows(ReportedObservation)
    assert all(len(each) == 4 and each[3] for each in rows)
