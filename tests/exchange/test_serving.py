"""Starting every part of one exchange in this process, and the addresses it hands out."""

from __future__ import annotations

import asyncio
import json
import stat
import urllib.request
from pathlib import Path

import pytest
from rich.console import Console

from exchange import serving
from exchange.config import AccountSetting, Settings
from exchange.contracts.problems import ContractError
from exchange.core.layout import VENUE_CALL_NS, VENUE_INSURANCE_MICROS
from exchange.gateway.keys import KEYS_NAME
from exchange.indices.rejects import ObservationError
from exchange.marketdata_process import ServingError


def settings(directory: Path, **fields: object) -> Settings:
    few = {"families": ("GPU1", "H100"), **fields}
    return Settings(data_dir=directory, port=0, marketdata_port=0, **few)  # type: ignore[arg-type]


def fetched(url: str) -> tuple[int, bytes]:
    with urllib.request.urlopen(url, timeout=10) as answer:
        return answer.status, answer.read()


def test_an_exchange_starts_serves_and_keeps_its_keys_private(tmp_path: Path) -> None:
    async def run() -> list[str]:
        said: list[str] = []
        exchange = serving.Exchange(settings(tmp_path, accounts=(AccountSetting("alice", 5),)))
        try:
            await exchange.start(said.append)
            url = f"http://127.0.0.1:{exchange.server.port}"
            assert (await asyncio.to_thread(fetched, url + "/readyz"))[0] == 200
            status, body = await asyncio.to_thread(
                fetched, url + "/api/v2/public/get_instruments?currency=any"
            )
            assert status == 200
            assert len(json.loads(body)["result"]) == 7
            _, writer = await asyncio.open_connection("127.0.0.1", exchange.marketdata.port)
            writer.close()
        finally:
            await exchange.stop()
        return said

    assert any("recovered to command 0" in line for line in asyncio.run(run()))
    keys = tmp_path / serving.KEYS_JSON_NAME
    assert stat.S_IMODE(keys.stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / KEYS_NAME).stat().st_mode) == 0o600
    assert set(json.loads(keys.read_text())) == {"alice"}


def test_a_new_account_does_not_take_the_keys_of_the_old_ones(tmp_path: Path) -> None:
    async def run(name: str) -> None:
        exchange = serving.Exchange(settings(tmp_path, accounts=(AccountSetting(name),)))
        try:
            await exchange.start(lambda text: None)
        finally:
            await exchange.stop()

    asyncio.run(run("alice"))
    first = json.loads((tmp_path / serving.KEYS_JSON_NAME).read_text())
    asyncio.run(run("bob"))
    both = json.loads((tmp_path / serving.KEYS_JSON_NAME).read_text())
    assert set(both) == {"alice", "bob"}
    assert both["alice"] == first["alice"]


def test_a_new_exchange_funds_its_insurance_once_and_lets_calls_run(tmp_path: Path) -> None:
    async def funded(usd: int) -> int:
        exchange = serving.Exchange(settings(tmp_path, insurance_usd=usd))
        try:
            await exchange.start(lambda text: None)
            assert exchange.venue.core.venue[VENUE_CALL_NS] == 60 * 10**9
            return int(exchange.venue.core.venue[VENUE_INSURANCE_MICROS])
        finally:
            await exchange.stop()

    assert asyncio.run(funded(2_500)) == 2_500_000_000
    assert asyncio.run(funded(9_999)) == 2_500_000_000


def test_the_ready_file_holds_the_addresses(tmp_path: Path) -> None:
    ready = tmp_path / "ready.json"
    serving.run(settings(tmp_path / "d"), 0.5, Console(quiet=True), ready)
    addresses = json.loads(ready.read_text())
    assert addresses["gateway"].startswith("ws://127.0.0.1:")
    assert addresses["marketdata"].startswith("ws://127.0.0.1:")
    assert addresses["gateway"] != addresses["marketdata"]


def test_observed_prices_without_the_underlying_are_refused(tmp_path: Path) -> None:
    prices = tmp_path / "prices.csv"
    prices.write_text(
        "time,usd_per_gpu_hour,underlying\n"
        "2026-01-01,2.5,B200\n2026-01-02,2.6,B200\n2026-01-03,2.7,B200\n"
    )
    with pytest.raises((ServingError, ObservationError)):
        serving.observed_prices(settings(tmp_path, index_csv=prices), {"H100"}, lambda text: None)


def test_families_and_their_hours_are_chosen(tmp_path: Path) -> None:
    def listed(**fields: object) -> dict[str, bool]:
        found = serving.listed_specs(settings(tmp_path, **fields))
        return {spec.family: spec.session is not None for spec in found}

    assert listed(families=("GPU1-FS", "GPU1")) == {"GPU1": False, "GPU1-FS": False}
    kept = listed(families=("GPU1", "H100"), hours="rulebook")
    assert kept == {"GPU1": True, "H100": False}
    assert {"GPU2", "BKL", "B200Q", "GPU1-HPR", "H100MEAN"} <= listed(families=()).keys()


@pytest.mark.parametrize(
    ("families", "reason"),
    [(("GPU3",), "did you mean GPU"), (("GPU1-FS",), "there is no family GPU1")],
)
def test_families_that_cannot_be_listed_are_told(
    tmp_path: Path, families: tuple[str, ...], reason: str
) -> None:
    with pytest.raises(ContractError, match=reason):
        serving.listed_specs(settings(tmp_path, families=families))
