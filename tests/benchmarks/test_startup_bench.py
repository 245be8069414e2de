"""The benchmark of starting: the first start says why it takes long and leaves a cache, the next finds it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from platformdirs import user_cache_path

from benchmarks import machine, processes, startup_bench

LACKING = "sequence.survey-*"
"""A small kernel that every start needs."""


def all_but_one_kernel(folder: Path, cache: Path) -> None:
    """Fill a cache with the kernels that any start leaves in the user's own, one of them taken away."""
    (folder / "own").mkdir()
    with processes.exchange(folder / "own"):
        pass
    own = user_cache_path("compute-futures-exchange")
    # An entry that another process is writing has another name until it is whole.
    shutil.copytree(own, cache / own.name, ignore=shutil.ignore_patterns("*.tmp*"))
    lacking = list(cache.rglob(LACKING))
    assert lacking
    for entry in lacking:
        entry.unlink()


def test_the_first_start_tells_and_a_warm_one_follows(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The first start compiles one kernel instead of all, which takes a minute."""
    monkeypatch.setattr(machine, "RESULTS", tmp_path)
    monkeypatch.setattr(startup_bench, "IMPORTS", ("exchange.core.layout",))
    compiled: list[dict[Path, int]] = []
    measured = startup_bench.start

    def counting(folder: Path, environment: dict[str, str]) -> tuple[float, str]:
        cache = Path(environment["XDG_CACHE_HOME"])
        if not compiled:
            assert not cache.exists(), "the first start was given a cache that is not empty"
            all_but_one_kernel(tmp_path, cache)
            compiled.append(kernels_in(cache))
        outcome = measured(folder, environment)
        compiled.append(kernels_in(cache))
        return outcome

    monkeypatch.setattr(startup_bench, "start", counting)
    startup_bench.main(["--warm", "1"])
    kept = json.loads((tmp_path / "startup.json").read_text())
    assert kept["told"]
    assert kept["first_s"] > 0
    assert len(kept["warm_s"]) == 1
    assert set(kept["imports_s"]) == {"exchange.core.layout"}
    assert "told what it waits for" in capsys.readouterr().out
    given, first, warm = compiled
    assert first.keys() > given.keys(), (
        "the first start kept no kernel in the cache that it was given"
    )
    assert warm == first, "the warm start compiled again"


def kernels_in(cache: Path) -> dict[Path, int]:
    """When each kernel's machine code was written, in nanoseconds."""
    return {entry: entry.stat().st_mtime_ns for entry in cache.rglob("*.nbc")}


def test_an_exchange_that_cannot_start_says_why(tmp_path: Path) -> None:
    with (
        pytest.raises(RuntimeError, match=r"(?s)did not start.*--account"),
        processes.exchange(tmp_path, ["--account", "no:deposit"]),
    ):
        pass
