"""Records of earlier rules as records of today's: one step a version, applied one after the other.

A step knows the bytes of its own two versions and no code of any release, so it goes on working whatever
later rules change. What a step gives must tell the same history: tests/golden has a log of each version
with what its own release told of it.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from exchange.core.core import RULES_VERSION
from exchange.explained import ExplainedError

Step = Callable[[bytes, bytes], tuple[bytes, bytes]]
"""From the rows and texts of a batch under one version to those under the next."""

_LITTLE = np.dtype("<i8")
_V2_COLUMNS = 23
_V2_CONDITIONS = 12
"""Where a row's 11 columns of conditions began."""
_V2_SEQ, _V2_KIND, _V2_INSTRUCTIONS = 0, 2, 8
_V2_AMEND, _V2_LINKED, _V2_AMEND_TRIGGER = 3, 5, 2


class ConversionError(ExplainedError, ValueError):
    """There is no way from the rules of a log to today's."""


def from_2_to_3(rows: bytes, texts: bytes) -> tuple[bytes, bytes]:
    """Give conditions, which each row of 23 columns had, a table of their own behind the rows.

    A row of that table is the command's SEQ and the 11 columns. It has those that say anything, and those
    of LINKED commands and of amends of a trigger, which need them whatever they say.
    """
    table = np.frombuffer(rows, _LITTLE).reshape(-1, _V2_COLUMNS)
    kinds = table[:, _V2_KIND]
    says = (table[:, _V2_CONDITIONS:] != 0).any(axis=1) | (kinds == _V2_LINKED)
    amends = table[:, _V2_INSTRUCTIONS] & _V2_AMEND_TRIGGER != 0
    says |= (kinds == _V2_AMEND) & amends
    conditions = np.column_stack((table[says, _V2_SEQ], table[says, _V2_CONDITIONS:]))
    return table[:, :_V2_CONDITIONS].tobytes() + conditions.astype(_LITTLE).tobytes(), texts


def from_3_to_4(rows: bytes, texts: bytes) -> tuple[bytes, bytes]:
    """Give the records as they are: only the books of snapshots have more columns, and orders' details."""
    return rows, texts


def from_4_to_5(rows: bytes, texts: bytes) -> tuple[bytes, bytes]:
    """Give the records as they are: no combo of theirs implies, and only the books of snapshots are wider."""
    return rows, texts


STEPS: dict[int, Step] = {2: from_2_to_3, 3: from_3_to_4, 4: from_4_to_5}
"""By the version that a step begins with."""


def way(version: int, to: int = RULES_VERSION) -> list[Step]:
    """Return the steps from one version to another; raises ConversionError where one is missing."""
    if version > to:
        raise ConversionError(
            f"rules version {version} is of a later release than this one ({to}): run that release"
        )
    found = []
    for step in range(version, to):
        if step not in STEPS:
            raise ConversionError(
                f"there is no conversion from rules version {step} to {step + 1}: the release that wrote "
                "the log reads it, and its `cfx replay` and `cfx statement` tell what is in it"
            )
        found.append(STEPS[step])
    return found
