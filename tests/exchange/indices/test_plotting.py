"""A picture is written, or it is said why not."""

from __future__ import annotations

import builtins
from pathlib import Path
from typing import Any

import pytest

from exchange.indices.plotting import PlottingError, plot
from exchange.indices.publication import IndexPrint

SERIES = {
    "a": [
        IndexPrint(index="a", day=day, price_micros=None if day == 3 else 2_000_000 + day)
        for day in range(20_000, 20_010)
    ],
    "b": [IndexPrint(index="b", day=20_000, price_micros=None, withheld_reason="none")],
}


def test_a_picture_is_written(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    plot(SERIES, {20_000: 0.4, 20_001: 0.1}, tmp_path / "p.png")
    assert (tmp_path / "p.png").read_bytes().startswith(b"\x89PNG")
    plot({"b": SERIES["b"]}, {}, tmp_path / "p.svg")
    assert "<svg" in (tmp_path / "p.svg").read_text(encoding="utf-8")


def test_an_unknown_kind_is_refused(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    with pytest.raises(PlottingError, match=r"p\.xyz"):
        plot(SERIES, {}, tmp_path / "p.xyz")
    with pytest.raises(PlottingError, match="name a writable"):
        plot(SERIES, {}, tmp_path / "no" / "p.png")


def test_what_to_install_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *args: Any, **kwargs: Any) -> Any:
        if name.startswith("matplotlib"):
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(PlottingError, match=r"install compute-futures-exchange\[plot\]"):
        plot(SERIES, {}, tmp_path / "p.png")
