"""What goes wrong as expected is one line and status 1; what does not is not hidden."""

from __future__ import annotations

import pytest
import typer

from exchange.log.port import LogLockedError
from exchange.terminal import explained, progress_bar


def test_the_expected_is_one_line_and_the_rest_is_raised(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(typer.Exit) as ended, explained():
        raise LogLockedError("in use by another exchange")
    assert ended.value.exit_code == 1
    assert capsys.readouterr().err == "error: in use by another exchange\n"
    with pytest.raises(ZeroDivisionError), explained():
        raise ZeroDivisionError


def test_a_bar_counts_to_its_total() -> None:
    with progress_bar("testing", 5) as bar:
        bar.update(bar.task_ids[0], completed=5)
        assert bar.finished
