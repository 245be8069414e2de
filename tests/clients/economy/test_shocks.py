"""Files of shocks."""

from __future__ import annotations

from pathlib import Path

import pytest

from clients.economy.shocks import (
    DemandShock,
    Happening,
    Launch,
    ListCut,
    PowerShortage,
    ShockError,
    parse,
    read,
)

TEXT = """
[[shock]]
day = 30
kind = "demand-shock"
log_change = -0.2
underlying = "H100"

[[shock]]
day = 5
kind = "launch"

[[shock]]
day = 30
kind = "power-shortage"
region = "europe"
share = 0.3
days = 7
"""


def test_a_file_is_read_in_order_of_days(tmp_path: Path) -> None:
    path = tmp_path / "shocks.toml"
    path.write_text(TEXT)
    assert read(path) == (
        Happening(5, Launch()),
        Happening(30, DemandShock(log_change=-0.2, underlying="H100")),
        Happening(30, PowerShortage(region="europe", share=0.3, days=7)),
    )


def test_the_default_cut_is_the_published_one() -> None:
    assert ListCut().share == 0.44


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("day = 5", "day = -1", r"shock 2: day: give a whole number"),
        ("day = 5", "", r"shock 2: day"),
        ('kind = "launch"', 'kind = "lunch"', r"shock 2: .*lunch"),
        ("share = 0.3", "share = 3", r"shock 3: .*share"),
        ("log_change = -0.2", "change = -0.2", r"shock 1: .*change"),
        ("[[shock]]", "[[schock]]", "holds more than"),
        ("day = 30", "day = ", "not TOML"),
    ],
)
def test_a_bad_file_is_refused_with_the_shock_and_field(before: str, after: str, said: str) -> None:
    with pytest.raises(ShockError, match=said):
        parse(TEXT.replace(before, after, 1), "mine.toml")
