from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec
import pytest

from exchange.contracts.matching_checks import faults
from exchange.contracts.spec import shipped
from exchange.contracts.terms import ContractSpec

SPEC = next(spec for spec in shipped() if spec.family == "GPU1")


def changed(**fields: Any) -> ContractSpec:
    return msgspec.structs.replace(SPEC, **fields)


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"matching": "pro_rata"},
        {"matching": "pro_rata", "minimum_allocation_lots": 2, "top_order_lots": 100},
        {"matching": "fifo_top", "top_order_lots": 10, "top_order_share": Decimal("0.4")},
        {"matching": "batch_auction", "batch_interval_ms": 100},
    ],
)
def test_sound_terms_have_no_fault(fields: dict[str, Any]) -> None:
    assert list(faults(changed(**fields))) == []


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"batch_interval_ms": 100}, "batch_interval_ms"),
        ({"matching": "fifo_top"}, "top_order_lots"),
        ({"matching": "batch_auction"}, "batch_interval_ms"),
        ({"matching": "batch_auction", "batch_interval_ms": 0}, "batch_interval_ms"),
        ({"matching": "batch_auction", "batch_interval_ms": 60_001}, "batch_interval_ms"),
        ({"matching": "pro_rata", "minimum_allocation_lots": 0}, "minimum_allocation_lots"),
        ({"matching": "pro_rata", "top_order_share": Decimal("0.4")}, "top_order_share"),
        (
            {"matching": "fifo_top", "top_order_lots": 1, "top_order_share": Decimal("1.1")},
            "top_order_share",
        ),
    ],
)
def test_a_fault_names_its_field(fields: dict[str, Any], field: str) -> None:
    assert [fault[0] for fault in faults(changed(**fields))] == [field]
