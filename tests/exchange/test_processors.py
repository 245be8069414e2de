"""Processes keep to the processors that they are given; the kernel is asked where that is."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from exchange import processors
from exchange.processors import ProcessorError

pytestmark = pytest.mark.skipif(
    not hasattr(os, "sched_setaffinity"), reason="this system does not let processes choose"
)
KEEPING = """
import os, subprocess, sys
from exchange import processors
if len(sys.argv) > 1:
    processors.keep_to(int(sys.argv[1]))
child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
processors.send_elsewhere(child.pid)
print(sorted(os.sched_getaffinity(0)), sorted(os.sched_getaffinity(child.pid)), sep=";")
child.communicate(b"")
processors.send_elsewhere(child.pid)
"""


def kept(*arguments: str) -> str:
    outcome = subprocess.run(
        [sys.executable, "-c", KEEPING, *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return outcome.stdout.strip()


def test_a_process_keeps_to_its_own_and_leaves_it_to_nobody_else() -> None:
    allowed = sorted(os.sched_getaffinity(0))
    if len(allowed) == 1:
        pytest.skip("there is one processor")
    for own in allowed[:2]:
        others = [number for number in allowed if number != own]
        assert kept(str(own)) == f"{[own]};{others}"


def test_without_a_choice_nothing_changes() -> None:
    allowed = sorted(os.sched_getaffinity(0))
    assert kept() == f"{allowed};{allowed}"


def test_a_processor_that_there_is_not_is_told_and_changes_nothing() -> None:
    allowed = os.sched_getaffinity(0)
    with pytest.raises(ProcessorError, match=f"--cpu is one of {min(allowed)}"):
        processors.keep_to(max(allowed) + 1_000)
    assert os.sched_getaffinity(0) == allowed


def test_the_only_processor_is_shared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {3})
    with pytest.raises(ProcessorError, match="the only one: leave out --cpu"):
        processors.keep_to(3)


def test_a_system_without_the_call_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "sched_setaffinity")
    with pytest.raises(ProcessorError, match="leave out --cpu"):
        processors.keep_to(0)
