"""The drill of docs/operating.md, command by command as it stands there, against a live exchange."""

from __future__ import annotations

import os
import re
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from exchange.admin.client import OperatorClient, read_key
from tests.live.peer import Peer
from tests.live.running import RunningExchange, cfx

DEPOSIT = 70_000
BLOCK = re.compile(r"```console\n(.*?)```", re.DOTALL)


class Shell:
    """A shell in the folder of the exchange's data, as a new operator has it."""

    def __init__(self, folder: Path, running: RunningExchange) -> None:
        self.folder = folder
        self.environment = {
            **os.environ,
            "PATH": f"{Path(cfx()).parent}{os.pathsep}{os.environ['PATH']}",
            "CFX_URL": running.http_url,
            "COLUMNS": "250",
        }

    def run(self, line: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            line,
            shell=True,
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )

    def did(self, line: str) -> str:
        done = self.run(line)
        assert done.returncode == 0, f"{line}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def instruments(self, family: str = "GPU1") -> list[dict[str, Any]]:
        """What `cfx admin status --family FAMILY` shows; a process less."""
        key = read_key(self.folder / "cfx-data" / "operator.json")
        client = OperatorClient(self.environment["CFX_URL"], key)
        found: list[dict[str, Any]] = client.call("operator/status", {"currency": family})[
            "instruments"
        ]
        return found


@pytest.fixture
def running(tmp_path: Path) -> Iterator[RunningExchange]:
    exchange = RunningExchange(
        tmp_path / "cfx-data", "--account", "bob", "--account", f"thin:{DEPOSIT}"
    )
    try:
        yield exchange.wait_ready()
    finally:
        exchange.kill()


def marks(shell: Shell) -> dict[str, tuple[float, str]]:
    return {
        one["instrument_name"]: (one["mark_price"], one["state"]) for one in shell.instruments()
    }


def buy_on_thin_margin(running: RunningExchange, name: str, price: float) -> None:
    """Let thin buy so much that a fall of 30 % leaves it below maintenance margin, but not below 0."""
    amount = int(DEPOSIT / 0.37 / (price * 730))
    order = {"instrument_name": name, "amount": amount, "price": price}
    with Peer(running, "bob") as bob, Peer(running, "thin") as thin:
        bob.call("private/sell", **order)
        taken = thin.call("private/buy", **order)
        assert taken["order"]["order_state"] == "filled"
        for method, scope, params in (
            ("operator/status", "operator:read", {}),
            (
                "operator/transfer",
                "operator:read_write",
                {"account": "thin", "amount": 1, "reason": "please"},
            ),
        ):
            error = thin.ask(method, **params)["error"]
            assert (error["code"], error["data"]["param"]) == (13021, "scope")
            assert error["data"]["reason"].endswith(scope)


def test_a_new_operator_halts_marks_down_and_resumes_from_the_page(
    running: RunningExchange, tmp_path: Path, checkout: Path
) -> None:
    page = (
        (checkout / "docs" / "operating.md")
        .read_text(encoding="utf-8")
        .partition("\n## A default\n")[0]
    )
    lines = [line for block in BLOCK.findall(page) for line in block.splitlines()]
    assert len(lines) == 11
    shell = Shell(tmp_path, running)
    missing = shell.run("cfx admin status")
    assert missing.returncode == 1
    assert "cfx keys add" in missing.stderr

    key, status, accounts, halt, mark, called, collect, resume, rule, actions, verify = lines
    shell.did(key)
    assert "GPU1" in shell.did(status)
    before = marks(shell)
    near = min(before)
    buy_on_thin_margin(running, near, before[near][0])
    assert shell.did(accounts).count("sound") == 2

    shell.did(halt)
    assert {state for _, state in marks(shell).values()} == {"halted"}
    before = marks(shell)
    shell.did(mark)
    for name, (price, _) in marks(shell).items():
        assert abs(price - 0.7 * before[name][0]) <= 0.005 + 1e-9, name
    held = marks(shell)
    shown = shell.did(called)
    assert "thin" in shown
    assert "bob" not in shown

    shell.did(collect)
    assert {state for _, state in marks(shell).values()} == {"pre_open"}
    shell.did(resume)
    assert {state for _, state in marks(shell).values()} == {"open"}
    assert {name: price for name, (price, _) in marks(shell).items()} == {
        name: price for name, (price, _) in held.items()
    }

    assert running.stop() == 0
    again = RunningExchange(tmp_path / "cfx-data").wait_ready()
    try:
        shell = Shell(tmp_path, again)
        assert all(one["held_until"] for one in shell.instruments())
        shell.did(rule)
        assert not any(one["held_until"] for one in shell.instruments())
        trail = shell.did(actions)
        for word in (
            "olivia",
            "broker reports a wrong index",
            "ten minutes of pre-open",
            "by_rule",
        ):
            assert word in trail
        calls = re.findall(r"operator/(\w+)", trail)
        assert calls == ["set_mark", "set_state", "set_state", "set_mark", "set_state"]
        assert "no " not in shell.did(verify)
        assert again.stop() == 0
    finally:
        again.kill()


def test_a_default_runs_its_course_from_the_page(tmp_path: Path, checkout: Path) -> None:
    page = (checkout / "docs" / "operating.md").read_text(encoding="utf-8")
    drill = page.partition("\n## A default\n")[2].partition("\n## ")[0]
    lines = [line for block in BLOCK.findall(drill) for line in block.splitlines()]
    opening, block, mark, defaults, rule = lines
    exchange = RunningExchange(
        tmp_path / "cfx-data", "--account", "market-maker-1", "--call-seconds", "1"
    )
    try:
        running = exchange.wait_ready()
        shell = Shell(tmp_path, running)
        shell.did("cfx keys add olivia --scope operator:read_write > cfx-data/operator.json")
        shell.did(opening)
        (perpetual,) = shell.instruments("H100")
        price = perpetual["mark_price"]
        assert "--price 2.75" in block
        shell.did(block.replace("--price 2.75", f"--price {price}"))
        assert "default of" not in shell.did(defaults)
        shell.did(mark)
        client = OperatorClient(running.http_url, read_key(tmp_path / "cfx-data" / "operator.json"))
        over = time.monotonic() + 60
        found: dict[str, Any] = {"defaults": []}
        while not (found["defaults"] and found["defaults"][0]["ended_at"]):
            assert time.monotonic() < over, found
            time.sleep(0.2)
            found = client.call("operator/get_waterfall", {"account": "thin", "deals": True})
        (default,) = found["defaults"]
        assert default["deals"]
        assert {(deal["counterparty"], deal["deleveraged"]) for deal in default["deals"]} == {
            ("market-maker-1", True)
        }
        assert "default of thin" in shell.did(defaults)
        shell.did(rule)
        assert "no " not in shell.did("cfx verify")
        assert running.stop() == 0
    finally:
        exchange.kill()
