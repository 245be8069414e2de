"""Who a directory is: drawn once, kept, and tied to one log."""

from __future__ import annotations

from pathlib import Path

import pytest

from exchange.log.jetstream import node
from exchange.log.jetstream.address import LogServerError


def test_it_is_drawn_once_and_kept(tmp_path: Path) -> None:
    directory = tmp_path / "new"
    drawn = node.load(directory, "venue")
    assert drawn.epoch == 0
    assert not drawn.was_primary
    assert node.load(directory, "venue").node != drawn.node
    node.save(directory, drawn)
    assert node.load(directory, "venue") == drawn
    led = drawn.knows(3, drawn.node)
    node.save(directory, led)
    assert node.load(directory, "venue").was_primary
    assert not led.knows(4, "other").was_primary


def test_another_log_and_a_broken_file_are_refused(tmp_path: Path) -> None:
    node.save(tmp_path, node.load(tmp_path, "venue"))
    with pytest.raises(LogServerError, match="a node of the log venue, not of paper"):
        node.load(tmp_path, "paper")
    (tmp_path / node.NODE_NAME).write_text("{")
    with pytest.raises(LogServerError, match="does not say which node"):
        node.load(tmp_path, "venue")
