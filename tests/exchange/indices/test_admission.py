"""Which lines an index may count."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest

from exchange.indices.admission import Admission, admit, left_out
from exchange.indices.methodology import Eligible
from exchange.indices.observations import Line

RULE = Eligible(
    rentals=("on_demand",), forms=("sxm", ""), countries=(), listed=False, executed=True
)
GOOD = Line("H100", "acme", form="sxm", rental="on_demand", executed=True)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (GOOD, Admission.ADMITTED),
        (GOOD._replace(form=""), Admission.ADMITTED),
        (GOOD._replace(underlying="B200"), Admission.FOREIGN),
        (GOOD._replace(provider=""), Admission.INCOMPLETE),
        (GOOD._replace(rental=""), Admission.INCOMPLETE),
        (GOOD._replace(rental="reserved"), Admission.EXCLUDED),
        (GOOD._replace(form="pcie"), Admission.EXCLUDED),
        (GOOD._replace(executed=False), Admission.EXCLUDED),
    ],
)
def test_a_line_is_admitted_or_not(line: Line, expected: Admission) -> None:
    assert admit([line], "H100", RULE).tolist() == [expected]


@pytest.mark.parametrize(
    ("cloud_type", "expected"),
    [
        ("neocloud", Admission.ADMITTED),
        ("", Admission.ADMITTED),
        ("hyperscaler", Admission.EXCLUDED),
    ],
)
def test_cloud_types_may_be_named(cloud_type: str, expected: Admission) -> None:
    rule = msgspec.structs.replace(RULE, cloud_types=("neocloud", ""))
    assert admit([GOOD._replace(cloud_type=cloud_type)], "H100", rule).tolist() == [expected]


def test_what_is_left_out_is_counted() -> None:
    found = left_out(np.array([0, 1, 2, 2, 3], np.int8))
    assert found == {"incomplete": 2, "excluded": 1}
