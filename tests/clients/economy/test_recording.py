"""Files of observations: what is written is read back by the indices' own reader."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from clients.economy.economy import Economy
from clients.economy.parameters import Parameters
from clients.economy.recording import ObservationFile
from exchange.indices.reading import read


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_what_is_written_is_read_back(calm: Parameters, tmp_path: Path, ending: str) -> None:
    economy = Economy(msgspec.structs.replace(calm, warm_up_days=5), seed=1)
    days = [economy.step() for _ in range(2)]
    path = tmp_path / f"observations.{ending}"
    with ObservationFile(path) as file:
        for day in days:
            file.write(day.observations)
    found = read(path)
    assert found.rejected == 0
    rows = [row for day in days for row in day.observations]
    assert sorted(found.rows) == sorted(rows)


def test_another_kind_of_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"ends in \.csv or \.parquet"):
        ObservationFile(tmp_path / "observations.xlsx")
