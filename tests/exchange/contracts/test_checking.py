"""Files checked as an exchange would read them, alone and together."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from exchange.contracts.checking import check

SPECS = resources.files("exchange.contracts.specs")


def written(folder: Path, name: str, *changes: tuple[str, str]) -> Path:
    text = (SPECS / name).read_text(encoding="utf-8")
    for before, after in changes:
        assert before in text
        text = text.replace(before, after)
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_shipped_files_are_sound_and_stand_in_for_themselves(tmp_path: Path) -> None:
    paths = [written(tmp_path, name) for name in ("gpu1.toml", "gpu1-fs.toml", "gpu1-gpu2.toml")]
    specs, problems = check(paths)
    assert [spec.family for spec in specs] == ["GPU1", "GPU1-FS", "GPU1-GPU2"]
    assert problems == []


def test_every_file_s_problems_are_told_with_their_lines(tmp_path: Path) -> None:
    wrong = written(tmp_path, "gpu1.toml", ("tick = 0.01", "tick = 0"))
    leg = written(tmp_path, "gpu2-fs.toml", ('legs = ["GPU2"]', 'legs = ["GPU9"]'))
    specs, problems = check([wrong, leg, tmp_path / "absent.toml"])
    assert [spec.family for spec in specs] == ["GPU2-FS"]
    told = {(Path(each.file).name, each.field): each for each in problems}
    assert set(told) == {
        ("gpu1.toml", "contract.tick"),
        ("gpu2-fs.toml", "spread.legs"),
        ("absent.toml", ""),
    }
    unknown = told["gpu2-fs.toml", "spread.legs"]
    assert leg.read_text().splitlines()[unknown.line - 1].startswith("legs =")
    assert unknown.reason == "there is no family GPU9"


def test_legs_may_come_in_a_file_of_their_own(tmp_path: Path) -> None:
    leg = written(tmp_path, "gpu1.toml", ('family = "GPU1"', 'family = "MINE"'))
    spread = written(
        tmp_path,
        "gpu1-fs.toml",
        ('family = "GPU1-FS"', 'family = "MINE-FS"'),
        ('legs = ["GPU1"]', 'legs = ["MINE"]'),
    )
    assert check([spread, leg])[1] == []
    assert [each.reason for each in check([spread])[1]] == ["there is no family MINE"]


def test_a_family_given_twice_is_told(tmp_path: Path) -> None:
    first = written(tmp_path, "gpu1.toml")
    second = tmp_path / "again.toml"
    second.write_text(first.read_text(encoding="utf-8"), encoding="utf-8")
    ((problem),) = check([first, second])[1]
    assert (Path(problem.file).name, problem.field) == ("again.toml", "family")
