"""Audit files: equal when untouched, and the step that differs when an input or a print was changed."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from pyarrow import parquet

from exchange.indices.recording import AuditError, Recording, audit
from marketdata.days import NS_PER_DAY
from tests.exchange.indices.rental_market import FIRST_DAY, deal, market, methodology


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An audit file of both indices with a revision, a restatement and a withheld day."""
    recording = Recording([methodology("h100_usd"), methodology("h100_tx_usd")])
    rows = market(6, 8, 1)
    for day in range(6):
        mine = [row for row in rows if row.ts_ns // NS_PER_DAY == FIRST_DAY + day and day != 3]
        late = [deal(2, 3.5, "p02", 9_000.0)] if day == 4 else []
        recording.close(FIRST_DAY + day, mine + late)
    recording.restate("h100_tx_usd", FIRST_DAY + 1, 2_600_000, "an error of a provider")
    kinds = {each.kind for call in recording.calls for each in call.prints}
    assert kinds == {"first", "revision", "restatement"}
    assert any(each.price_micros is None for call in recording.calls for each in call.prints)
    path = tmp_path_factory.mktemp("audit") / "audit.zip"
    recording.write(path)
    return path


def changed(source: Path, target: Path, name: str, change: Callable[[bytes], bytes]) -> Path:
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for each in old.namelist():
            content = old.read(each)
            new.writestr(each, change(content) if each == name else content)
    return target


def test_an_untouched_file_is_equal(recorded: Path) -> None:
    done: list[tuple[int, int]] = []
    count, differences = audit(recorded, lambda *each: done.append(each))
    assert differences == []
    assert count > 10
    assert done[-1] == (7, 7)


def test_a_changed_observation_is_found_at_its_step(recorded: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(recorded) as archive:
        lines = parquet.read_table(io.BytesIO(archive.read("lines.parquet"))).to_pylist()
    deals = [
        place for place, each in enumerate(lines) if each["executed"] and each["provider"] == "p04"
    ]

    def dearer(raw: bytes) -> bytes:
        table = parquet.read_table(io.BytesIO(raw))
        prices = table.column("price_micros")
        mine = pc.and_(
            pc.is_in(table.column("line"), pa.array(deals, pa.int32())),
            pc.equal(table.column("call"), 2),
        )
        prices = pc.if_else(mine, pc.add(prices, 25_000), prices)
        place = table.schema.get_field_index("price_micros")
        out = io.BytesIO()
        parquet.write_table(table.set_column(place, "price_micros", prices), out)
        return out.getvalue()

    _, found = audit(changed(recorded, tmp_path / "a.zip", "observations.parquet", dearer))
    first = next(each for each in found if each.name == "h100_tx_usd")
    assert first.day == FIRST_DAY + 2
    assert first.step == "provider_means"
    assert isinstance(first.recorded, dict)
    assert set(first.recorded) == {"p04"}


def test_a_changed_print_is_found(recorded: Path, tmp_path: Path) -> None:
    def other(raw: bytes) -> bytes:
        text = raw.decode()
        place = text.index('"price_micros": 2')
        return (text[: place + 17] + "9" + text[place + 18 :]).encode()

    _, found = audit(changed(recorded, tmp_path / "b.zip", "calls.json", other))
    assert [each.step for each in found] == ["price_micros"]


def test_a_changed_methodology_is_found(recorded: Path, tmp_path: Path) -> None:
    name = "methodologies/h100_tx_usd.toml"
    path = changed(
        recorded, tmp_path / "c.zip", name, lambda raw: raw.replace(b"share = 0.05", b"share = 0.2")
    )
    _, found = audit(path)
    assert {each.step for each in found} == {"winsor"}
    assert {each.name for each in found} == {"h100_tx_usd"}


def test_other_files_are_refused(recorded: Path, tmp_path: Path) -> None:
    with pytest.raises(AuditError, match="No such file"):
        audit(tmp_path / "no.zip")
    (tmp_path / "x.zip").write_bytes(b"time,price\n")
    with pytest.raises(AuditError, match="not an audit file"):
        audit(tmp_path / "x.zip")
    path = changed(recorded, tmp_path / "d.zip", "calls.json", lambda raw: raw[:-40])
    with pytest.raises(AuditError, match="not an audit file"):
        audit(path)
    path = changed(
        recorded,
        tmp_path / "e.zip",
        "calls.json",
        lambda raw: raw.replace(b'"format": 1', b'"format": 9'),
    )
    with pytest.raises(AuditError, match="format 9"):
        audit(path)
