"""What an exchange was served with is read as it was kept."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from exchange import served
from exchange.config import AccountSetting, Settings


def test_settings_come_back_with_absolute_paths(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    settings = Settings(
        data_dir=Path(),
        port=1234,
        accounts=(AccountSetting("alice"),),
        index_csv=Path("prices.csv"),
        contracts=(Path("mine.toml"),),
        families=("GPU1",),
        days_per_minute=10.0,
    )
    served.keep(settings)
    monkeypatch.chdir("/")
    assert served.read(tmp_path) == msgspec.structs.replace(
        settings,
        data_dir=tmp_path,
        index_csv=tmp_path / "prices.csv",
        contracts=(tmp_path / "mine.toml",),
    )


def test_what_is_missing_or_damaged_is_told(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="nothing was served"):
        served.read(tmp_path)
    (tmp_path / served.SERVED_NAME).write_bytes(b'{"port": "x"}')
    with pytest.raises(ValueError, match=r"served\.json"):
        served.read(tmp_path)
