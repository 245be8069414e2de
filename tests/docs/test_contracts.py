"""docs/market/contracts.md: its example is listed, its faults are told so, its tables are the files'."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from exchange.contracts.calendar import ContractMonth
from exchange.contracts.checking import check
from exchange.contracts.final_settlement import settlement_price
from exchange.contracts.listing import instruments
from exchange.contracts.sections import Section
from exchange.contracts.spec import shipped
from exchange.contracts.terms import ContractSpec
from exchange.core.listing import is_sound
from marketdata.days import day_number
from tests.docs.test_clearing import headed

AT_NS = int(datetime(2026, 11, 21, tzinfo=UTC).timestamp()) * 10**9
PRICES = {"H100": 2_810_000, "B200": 5_870_000}


@pytest.fixture
def page(checkout: Path) -> Path:
    return checkout / "docs" / "market" / "contracts.md"


@pytest.fixture
def files(page: Path, tmp_path: Path) -> list[Path]:
    """The files of the example, in a folder."""
    blocks = re.findall(r"```toml\n# (\S+)\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    assert [name for name, _ in blocks] == ["half.toml", "half-fs.toml"]
    found = []
    for name, text in blocks:
        found.append(tmp_path / name)
        found[-1].write_text(text, encoding="utf-8")
    return found


def test_the_example_is_sound_and_lists_what_is_told(page: Path, files: list[Path]) -> None:
    specs, problems = check(files)
    assert problems == []
    listed = instruments([*shipped(), *specs], AT_NS, PRICES)
    mine = [each for each in listed if each.family.startswith("HALF")]
    assert all(map(is_sound, mine))
    (_, told) = page.read_text(encoding="utf-8").split("lists, on 21 November 2026,")
    names = re.findall(r"`(HALF-\S+)`", told.split("##")[0])
    assert [each.name for each in mine] == names
    assert len(names) == 6


def test_each_fault_is_answered_as_told(page: Path, files: list[Path]) -> None:
    (table,) = headed(page, "written")
    assert len(table) > 8
    for cell, answer in (row[:2] for row in unescaped(table[1:])):
        written, _, where = cell.partition("` in ")
        path = files[1] if "the spread" in where else files[0]
        field = written.partition(" = ")[0]
        before = path.read_text(encoding="utf-8")
        line = re.compile(rf"^{field.removesuffix('s')}s? = .*$", re.MULTILINE)
        assert line.search(before), field
        path.write_text(line.sub(lambda _, new=written: new, before, count=1), encoding="utf-8")
        problems = check(files)[1]
        path.write_text(before, encoding="utf-8")
        told = [f"{p.field}: {p.reason}; {p.advice}" for p in problems]
        assert answer in told, (written, told)


def unescaped(rows: list[list[str]]) -> list[list[str]]:
    """A bar within a cell is written with a backslash: join what was split there."""
    return ["\0".join(row).replace("\\\0", "|").split("\0") for row in rows]


def test_the_settlement_example_is_reckoned_so(page: Path) -> None:
    (table,) = headed(page, "GPU1, November 2026")
    (gpu1,) = shipped("GPU1")
    days = [2, 3, 4, 5, 6, 9, 10, 11, 12, 13, 16, 17, 18, 19, 20, 23, 24, 25, 27, 30]
    whole = {
        (gpu1.index, day_number(date(2026, 11, day))): (2_500_000 + 10_000 * n, 1)
        for n, day in enumerate(days)
    }
    missing, last = day_number(date(2026, 11, 16)), day_number(date(2026, 11, 30))
    gap = {key: value for key, value in whole.items() if key[1] != missing}
    late = gap | {(gpu1.index, missing): (2_600_000, 1)}
    restated = whole | {(gpu1.index, last): (2_890_000, 2)}
    found = [
        settlement_price(gpu1, ContractMonth(2026, 11), published)
        for published in (whole, gap, late, restated)
    ]
    assert [f"{price / 10**6:.6f}" for price in found] == [row[1] for row in table[1:]]


def test_every_field_has_its_row(page: Path) -> None:
    (table,) = headed(page, "table")
    told: dict[str, set[str]] = {}
    section = ""
    for name, fields, _ in table[1:]:
        section = name or section
        told.setdefault(section, set()).update(re.findall(r"[a-z_]+", fields.replace(" or ", " ")))
    for name, field in ContractSpec.__annotations__.items():
        kind = next((s for s in Section.__subclasses__() if s.__name__ in str(field)), None)
        if kind is None or kind is ContractSpec:
            assert name in told[""], name
        else:
            fields = {"class" if f == "margin_class" else f for f in kind.__struct_fields__}
            assert told[name] == fields, name


def test_every_shipped_family_is_told(page: Path) -> None:
    (table,) = headed(page, "family")
    text = "\n".join(row[0] for row in table)
    for spec in shipped():
        if spec.kind != "calendar_spread":
            assert f"`{spec.family}`" in f"`{text.replace(chr(10), '` `')}`", spec.family
    spreads = [spec for spec in shipped() if spec.kind == "calendar_spread"]
    assert len(spreads) == 6
