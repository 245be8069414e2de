"""The width where the output is a file, and which columns end on the right."""

from __future__ import annotations

import io

import pytest

from benchmarks.terminal import table_of, wide_console


def test_a_file_is_as_wide_as_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdout", io.StringIO())
    assert wide_console().width == 120
    assert wide_console(150).width == 150


def test_words_begin_and_numbers_end_in_line(capsys: pytest.CaptureFixture[str]) -> None:
    shown = table_of("costs", ("what",), ("a command", "all"))
    shown.add_row("core", "1", "22")
    shown.add_row("floor", "333", "4")
    wide_console().print(shown)
    title, headings, core, floor = [line.rstrip() for line in capsys.readouterr().out.splitlines()]
    assert title.strip() == "costs"
    assert core.index("core") == floor.index("floor") == headings.index("what")
    assert [line.index(figure) + len(figure) for line, figure in ((core, "1"), (floor, "333"))] == [
        headings.index("a command") + len("a command")
    ] * 2
    assert len(core) == len(floor) == len(headings)
