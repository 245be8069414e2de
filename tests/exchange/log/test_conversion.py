"""One step a version: a missing one is named, and a step keeps what a record says."""

from __future__ import annotations

import numpy as np
import pytest

from exchange.core.core import RULES_VERSION
from exchange.core.layout import COMMAND_COLUMNS, CommandKind
from exchange.log import codec, conversion
from exchange.log.conversion import ConversionError, from_2_to_3, way


def test_a_way_is_every_step_of_it() -> None:
    assert way(RULES_VERSION) == []
    assert way(2, 3) == [from_2_to_3]
    with pytest.raises(ConversionError, match="from rules version 1 to 2: the release that wrote"):
        way(1)
    with pytest.raises(ConversionError, match="later release"):
        way(RULES_VERSION + 1)
    for version in range(min(conversion.STEPS), RULES_VERSION):
        assert way(version), f"no step begins with rules version {version}"


def test_conditions_move_to_a_table_of_their_own() -> None:
    rows = np.zeros((5, 23), "<i8")
    rows[:, 0] = range(7, 12)
    rows[:, 1] = 1_000
    rows[:, 2] = [
        CommandKind.SUBMIT,
        CommandKind.SUBMIT,
        CommandKind.LINKED,
        CommandKind.AMEND,
        CommandKind.AMEND,
    ]
    rows[3:, 8] = [2, 1]
    rows[:, 11] = range(70, 75)
    rows[1, 12] = 5
    rows[1, 22] = -9
    converted = from_2_to_3(rows.tobytes(), b"\x80")
    batch = codec.decode(*converted)
    assert batch.rows.tolist() == rows[:, :COMMAND_COLUMNS].tolist()
    # Those that say something, a linked one, and an amend of a trigger, even where all are 0.
    assert batch.conditions[:, 0].tolist() == [8, 9, 10]
    assert batch.conditions[0, 1:].tolist() == rows[1, 12:].tolist()
    assert not batch.conditions[1:, 1:].any()
    assert codec.encode(batch)[0] == converted[0]
