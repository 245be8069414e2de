"""An explained error is one line; what it also is, callers may still tell apart."""

from __future__ import annotations

import importlib
import pkgutil
import sqlite3

import pytest
import typer

from exchange import log
from exchange.explained import ExplainedError
from exchange.log.conversion import ConversionError
from exchange.terminal import explained


@pytest.mark.parametrize("kind", [ExplainedError, OSError, sqlite3.OperationalError])
def test_the_users_errors_are_one_line(
    kind: type[Exception], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(typer.Exit) as ended, explained():
        raise kind("it is full")
    assert ended.value.exit_code == 1
    assert capsys.readouterr().err == "error: it is full\n"


@pytest.mark.parametrize("kind", [ValueError, KeyError, RuntimeError, AssertionError])
def test_faults_of_the_software_show_their_traceback(kind: type[Exception]) -> None:
    with pytest.raises(kind), explained():
        raise kind("a defect")


def test_an_error_keeps_the_kind_that_callers_know() -> None:
    assert issubclass(ConversionError, ValueError)


def test_what_is_wrong_with_a_log_is_explained() -> None:
    found = [
        value
        for each in pkgutil.iter_modules(log.__path__)
        for value in vars(importlib.import_module(f"exchange.log.{each.name}")).values()
        if isinstance(value, type) and issubclass(value, ValueError)
    ]
    assert found
    assert [each for each in found if not issubclass(each, ExplainedError)] == []
