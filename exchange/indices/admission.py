"""Admission: whether an index may count a quote line, by completeness and by its terms."""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from exchange.indices.methodology import Eligible
from exchange.indices.observations import Line


class Admission(IntEnum):
    """What becomes of a line: of another underlying, admitted, incomplete, or excluded by its terms."""

    FOREIGN = 0
    ADMITTED = 1
    INCOMPLETE = 2
    EXCLUDED = 3


def admit(lines: Sequence[Line], underlying: str, rule: Eligible) -> NDArray[np.int8]:
    """Return the admission of each line, int8[n]; without provider or rental a line is incomplete."""
    return np.array([_admission(line, underlying, rule) for line in lines], np.int8)


def _admission(line: Line, underlying: str, rule: Eligible) -> Admission:
    if line.underlying != underlying:
        return Admission.FOREIGN
    if not line.provider or not line.rental:
        return Admission.INCOMPLETE
    admitted = (
        line.rental in rule.rentals
        and (not rule.forms or line.form in rule.forms)
        and (not rule.countries or line.country in rule.countries)
        and (not rule.cloud_types or line.cloud_type in rule.cloud_types)
        and (rule.executed if line.executed else rule.listed)
    )
    return Admission.ADMITTED if admitted else Admission.EXCLUDED


def left_out(admission: NDArray[np.int8]) -> dict[str, int]:
    """Return how many rows are incomplete, and how many excluded, of rows with these admissions."""
    return {
        "incomplete": int((admission == Admission.INCOMPLETE).sum()),
        "excluded": int((admission == Admission.EXCLUDED).sum()),
    }
