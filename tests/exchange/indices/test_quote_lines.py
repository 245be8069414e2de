"""Terms of a row: coded fields tell what the plain ones do not."""

from __future__ import annotations

import pytest

from exchange.indices.observations import Line
from exchange.indices.quote_lines import FieldFaultError, line_of


def test_a_panels_row() -> None:
    cells = {
        "cloud": "vast.ai",
        "gpu": "H100-SXM",
        "kind": "spot",
        "region": "NL",
        "cluster_gpus": 8,
    }
    assert line_of(cells, "B200") == Line(
        "H100", "vast", "marketplace", "NL", "NL", "sxm", cluster_gpus=8, rental="spot"
    )


def test_plain_fields_win_over_coded_ones() -> None:
    cells = {
        "underlying": "H200",
        "gpu": "H100-SXM",
        "provider": "Acme",
        "cloud": "aws",
        "cloud_type": "neocloud",
        "form": "PCIe",
        "kind": "spot",
        "rental": "reserved",
        "term_months": "12",
        "country": "us",
        "executed": "executed",
    }
    assert line_of(cells, "") == Line(
        "H200",
        "Acme",
        "neocloud",
        "US",
        form="pcie",
        rental="reserved",
        term_months=12,
        executed=True,
    )


def test_a_term_makes_a_reservation() -> None:
    assert line_of({"term_months": 6}, "H100") == Line("H100", rental="reserved", term_months=6)


@pytest.mark.parametrize(
    ("cells", "field"),
    [
        ({"underlying": " "}, "underlying"),
        ({"form": "round"}, "form"),
        ({"kind": "on_demand_avg"}, "kind"),
        ({"cluster_gpus": "0"}, "cluster_gpus"),
        ({"term_months": "soon"}, "term_months"),
        ({"executed": "perhaps"}, "executed"),
    ],
)
def test_the_field_at_fault_is_named(cells: dict[str, str], field: str) -> None:
    with pytest.raises(FieldFaultError) as caught:
        line_of(cells, "H100")
    assert caught.value.field == field
