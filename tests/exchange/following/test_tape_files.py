"""What a recorder left unfinished is removed, and what it finished stays."""

from __future__ import annotations

from pathlib import Path

import pytest

from exchange.core import snapshot
from exchange.core.core import Core
from exchange.following.tape_files import POSITION_NAME, Position, TapeError, TapeFiles, day_of
from tests.exchange import traffic

DAY_NS = 86_400 * 10**9


def test_days_are_of_utc() -> None:
    assert day_of(1_798_761_600 * 10**9 - 1) == "2026-12-31"
    assert day_of(1_798_761_600 * 10**9) == "2027-01-01"


def test_only_what_the_position_covers_counts(tmp_path: Path) -> None:
    files = TapeFiles(tmp_path / "tape")
    assert files.position == Position(0, 0)
    core = files.core()
    assert core is not None
    assert core.seq == 0
    batch = traffic.batches(1, 30)[0]
    core.apply(batch)
    with files.file("trades", 1, core.seq, core.ts_ns, "parquet") as file:
        file.write(b"whole")
    files.advance(core)
    end = core.seq
    with files.file("trades", end + 1, end + 9, core.ts_ns, "parquet") as file:
        file.write(b"never counted")
    (files.folder / "orders").mkdir()
    (files.folder / "orders" / f"{1:012d}-{end:012d}.parquet.part").write_bytes(b"half")
    (files.folder / f"state-{end + 9}.bin").write_bytes(b"later")
    assert files.spans("trades") == [(1, end), (end + 1, end + 9)]

    again = TapeFiles(tmp_path / "tape")
    assert again.position == Position(core.seq, core.ts_ns)
    assert again.spans("trades") == [(1, end)]
    names = {path.name for path in again.folder.rglob("*") if path.is_file()}
    assert names == {POSITION_NAME, f"state-{end}.bin", f"{1:012d}-{end:012d}.parquet"}
    restored = again.core()
    assert restored is not None
    assert snapshot.digest(restored) == snapshot.digest(core)
    (again.folder / f"state-{end}.bin").write_bytes(b"damaged")
    assert TapeFiles(tmp_path / "tape").core() is None


def test_a_failed_write_leaves_no_file(tmp_path: Path) -> None:
    files = TapeFiles(tmp_path)
    with pytest.raises(OSError, match="no space"), files.file("trades", 1, 2, 0, "parquet"):
        raise OSError("no space")
    assert files.spans("trades") == []


def test_a_damaged_position_is_told(tmp_path: Path) -> None:
    (tmp_path / POSITION_NAME).write_bytes(b"{")
    with pytest.raises(TapeError, match="another folder"):
        TapeFiles(tmp_path)


def test_a_core_is_a_new_one_at_the_start(tmp_path: Path) -> None:
    assert isinstance(TapeFiles(tmp_path).core(), Core)
