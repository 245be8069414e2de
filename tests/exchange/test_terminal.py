"""What goes wrong as expected is one line and status 1; what does not is not hidden."""

from __future__ import annotations

import pytest
import typer
from rich.console import Console

from exchange.log.port import LogLockedError
from exchange.terminal import complain, explained, refuse_remote, spoken, warn


def test_the_expected_is_one_line_and_the_rest_is_raised(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(typer.Exit) as ended, explained():
        raise LogLockedError("in use by another exchange")
    assert ended.value.exit_code == 1
    assert capsys.readouterr().err == "error: in use by another exchange\n"
    with pytest.raises(ZeroDivisionError), explained():
        raise ZeroDivisionError


def test_brackets_in_what_went_wrong_are_told_as_they_are(
    capsys: pytest.CaptureFixture[str],
) -> None:
    advice = "pip install 'compute-futures-exchange[dbn]', see levels[0] and [/red]"
    with pytest.raises(typer.Exit), explained():
        raise LogLockedError(advice)
    complain(advice)
    warn(advice)
    told = capsys.readouterr().err.splitlines()
    assert told == [f"error: {advice}", f"error: {advice}", f"warning: {advice}"]


def test_what_is_told_has_the_seconds_since_then_in_front() -> None:
    console = Console(width=80)
    say = spoken(console)
    with console.capture() as captured:
        say("levels[0] and [/red]")
    seconds, text = captured.get().strip().split("s ", 1)
    assert float(seconds) >= 0
    assert text == "levels[0] and [/red]"


def test_an_address_beyond_this_machine_must_be_meant(capsys: pytest.CaptureFixture[str]) -> None:
    refuse_remote("127.0.0.1", allowed=False)
    refuse_remote("0.0.0.0", allowed=True)
    with pytest.raises(typer.Exit) as ended:
        refuse_remote("0.0.0.0", allowed=False)
    assert ended.value.exit_code == 2
    assert "--allow-remote" in capsys.readouterr().err
