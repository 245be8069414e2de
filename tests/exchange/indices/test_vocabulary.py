"""Names of a panel: providers, GPUs, kinds, regions."""

from __future__ import annotations

import csv
import gzip
from pathlib import Path

import pytest

from exchange.indices import vocabulary
from exchange.indices.rejects import Fault


def test_a_provider_has_one_name_and_a_type() -> None:
    assert vocabulary.provider_of(" Vast.ai ") == ("vast", "marketplace")
    assert vocabulary.provider_of("vast") == ("vast", "marketplace")
    assert vocabulary.provider_of("gcp") == ("gcp", "hyperscaler")
    assert vocabulary.provider_of("Unheard Of") == ("unheard of", "")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("H100-SXM", ("H100", "sxm")),
        ("h100 pcie", ("H100", "pcie")),
        ("NVIDIA H100 NVL", ("H100", "nvl")),
        ("A100-80GB", ("A100", "")),
        ("GB200", ("GB200", "")),
        ("MI300X", ("MI300X", "")),
    ],
)
def test_a_gpu_is_an_underlying_and_a_form(text: str, expected: tuple[str, str]) -> None:
    assert vocabulary.gpu_of(text) == expected


def test_a_kind_is_a_rental_or_no_price() -> None:
    assert vocabulary.rental_of("spot") == "spot"
    for kind in ("spot_gpu_only", "on_demand_avg", "on_demand_min", "weekly"):
        assert isinstance(vocabulary.rental_of(kind), Fault)


@pytest.mark.parametrize(
    ("region", "country"),
    [
        ("us-east4-c", "US"),
        ("usw2-az2", "US"),
        ("Czechia, CZ", "CZ"),
        ("NL", "NL"),
        ("EU", ""),
        ("europe-west1-b", "BE"),
        ("asia-northeast3-a", "KR"),
        ("westus3", "US"),
        ("westeurope", "NL"),
        ("mars", ""),
        ("", ""),
    ],
)
def test_a_region_tells_its_country(region: str, country: str) -> None:
    assert vocabulary.country_of(region) == country


def test_the_clouds_of_a_real_panel_are_classified(shared_data: Path) -> None:
    with gzip.open(shared_data / "gpu_prices.csv.gz", "rt", encoding="utf-8") as lines:
        rows = [row for row in csv.DictReader(lines) if row["kind"] in ("on_demand", "spot")]
    unknown = {row["cloud"] for row in rows if not vocabulary.provider_of(row["cloud"])[1]}
    assert unknown == set()
