"""Parameters: the shipped file reads, ranges interpolate, and each wrong value is named."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.margin import parameters
from exchange.margin.parameters import ParameterError, ScanCurve

TEXT = parameters.shipped_text()


def test_the_shipped_file_is_what_shipped_reads(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(TEXT, encoding="utf-8")
    assert parameters.load(path) == parameters.shipped()


def test_shipped_values_are_the_cited_ones() -> None:
    found = parameters.shipped()
    assert found.maintenance == pytest.approx(0.15 / 0.20)
    assert (found.extreme.multiple, found.extreme.cover) == (2.0, 0.35)
    assert found.launch.log_jump == -0.22
    assert found.calibration.stressed_weight >= 0.25
    assert found.calibration.confidence >= 0.99
    assert found.scan["H100"].at(0) == 0.20


@given(st.floats(0, 2_000))
def test_ranges_are_straight_between_days_and_flat_beyond(day: float) -> None:
    curve = ScanCurve(days=(5, 30, 365), ranges=(0.2, 0.25, 0.1))
    assert curve.at(day) == pytest.approx(float(np.interp(day, curve.days, curve.ranges)))


def test_a_familys_curve_goes_before_its_underlyings() -> None:
    own = TEXT + "\n[scan.HPR]\ndays = [0]\nranges = [0.3]\n"
    found = parameters.parse(own, "x")
    assert found.scan_curve("HPR", "H100") == found.scan["HPR"]
    assert found.scan_curve("GPU1", "H100") == found.scan["H100"]
    assert found.scan_curve("NEW", "MI300") is None


@pytest.mark.parametrize(
    ("old", "new", "field", "reason"),
    [
        ("maintenance = 0.75", "maintenance = 1.5", "maintenance", "<= 1"),
        ("maintenance = 0.75", "maintenance = nan", "maintenance", "finite"),
        ("maintenance = 0.75", 'maintenance = "3/4"', "maintenance", "expected"),
        ("maintenance = 0.75", "upkeep = 0.75", "", "upkeep"),
        ("confidence = 0.99", "confidence = 1.0", "calibration.confidence", "< 1"),
        ("horizon_days = 2.0", "horizon_days = 0", "calibration.horizon_days", "> 0"),
        ('"square_root"', '"sqrt"', "calibration.horizon_rule", "invalid enum"),
        ("decay = 0.94", "", "calibration", "decay"),
        ("[0.20, 0.20, 0.16]", "[0.20, 0.20]", "scan.H100.ranges", "one range a day"),
        ("[0.20, 0.20, 0.16]", "[0.20, 0.0, 0.16]", "scan.H100.ranges[1]", "> 0"),
        ("[0.20, 0.20, 0.16]", "[0.20, inf, 0.16]", "scan.H100.ranges[1]", "finite"),
        ("[0, 30, 365]", "[0, 365, 30]", "scan.H100.days", "rise"),
        ("[0, 30, 365]", "[]", "scan.H100.ranges", "one range a day"),
        ("cover = 0.35\n\n[front]", "cover = 1\n\n[front]\n", "", ""),
        ("log_jump = -0.22", "log_jump = 0.22", "launch.log_jump", "<= 0"),
        ("H100 = -0.5", "H100 = -5", "generation.weights.H100", ">= -1"),
        ("[tilt] ", "[[tilt]] ", "tilt", "expected"),
        ("[tilt] ", "[tilt ", "", "not TOML"),
    ],
)
def test_a_wrong_value_is_refused_by_field_and_reason(
    old: str, new: str, field: str, reason: str
) -> None:
    assert old in TEXT
    text = TEXT.replace(old, new, 1)
    if not field and not reason:
        parameters.parse(text, "x")  # the boundary itself is allowed: 2 * 1 * 0.22 is below 1
        return
    with pytest.raises(ParameterError) as refused:
        parameters.parse(text, "mine.toml")
    assert refused.value.faults[0].field == field
    assert reason in refused.value.faults[0].reason
    assert "mine.toml" in str(refused.value)


def test_an_extreme_fall_below_zero_is_refused() -> None:
    text = TEXT.replace("multiple = 2.0", "multiple = 10.0").replace("cover = 0.35", "cover = 1")
    with pytest.raises(ParameterError, match=r"scan.H100.ranges: .* below 0"):
        parameters.parse(text, "x")


@pytest.mark.parametrize("raw", [b"\xff\xfe", b"x" * (parameters.MAX_FILE_BYTES + 1)])
def test_a_file_that_is_none_is_refused(raw: bytes, tmp_path: Path) -> None:
    path = tmp_path / "x.toml"
    path.write_bytes(raw)
    with pytest.raises(ParameterError, match=r"UTF-8|more than"):
        parameters.load(path)
    with pytest.raises(ParameterError, match="No such file"):
        parameters.load(tmp_path / "absent.toml")
