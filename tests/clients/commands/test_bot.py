"""The command line says what is wrong in one line, and runs a bot to its end."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import CliRunner

from clients.cli import app
from clients.commands.bot import summary
from clients.live import Tally
from clients.trader import Report
from tests.clients.server import CLIENT_ID, CLIENT_SECRET, FakeExchange

CLI = CliRunner()


@pytest.fixture
def served() -> Iterator[FakeExchange]:
    """A server in a thread of its own, because the command has its own event loop."""
    ready, server, loop = threading.Event(), FakeExchange(), asyncio.new_event_loop()
    stop = asyncio.Event()

    async def work() -> None:
        async with server:
            ready.set()
            await stop.wait()

    thread = threading.Thread(target=lambda: loop.run_until_complete(work()), daemon=True)
    thread.start()
    assert ready.wait(60)
    yield server
    loop.call_soon_threadsafe(stop.set)
    thread.join(60)
    assert not thread.is_alive()
    loop.close()


def test_bot_runs_with_keys_and_prints_what_it_did(served: FakeExchange, tmp_path: Path) -> None:
    keys = tmp_path / "keys.json"
    key = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
    keys.write_text(json.dumps({"alice": key}))
    words = ["bot", "noise", "--url", served.url, "--keys", str(keys), "--account", "alice"]
    done = CLI.invoke(app, [*words, "--duration", "0.3", "--param", "interval_s=0.05"])
    assert done.exit_code == 0, done.output
    assert "orders" in done.output
    assert CLIENT_SECRET not in done.output


def test_a_bot_goes_on_with_the_addresses_that_answer(served: FakeExchange) -> None:
    words = ["bot", "noise", "--client-id", CLIENT_ID, "--client-secret", CLIENT_SECRET]
    for option in ("--url", "--marketdata-url"):
        words += [option, "ws://127.0.0.1:9", option, served.url]
    done = CLI.invoke(app, [*words, "--duration", "0.3", "--param", "interval_s=0.05"])
    assert done.exit_code == 0, done.output
    # One session with the gateway, one with the node of market data that is there.
    assert served.connections == 2


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["bot", "noise"], "give --keys and --account"),
        (["bot", "noise", "--keys", "/nowhere/keys.json", "--account", "a"], "No such file"),
        (["bot", "bank", "--client-id", "a", "--client-secret", "b"], "no such kind"),
        (
            ["bot", "noise", "--client-id", "a", "--client-secret", "b", "--param", "x"],
            "key=value",
        ),
        (
            [
                "bot",
                "noise",
                "--client-id",
                "a",
                "--client-secret",
                "b",
                "--url",
                "ws://127.0.0.1:9",
            ],
            "does not answer",
        ),
    ],
)
def test_what_is_wrong_is_said_in_a_line(words: list[str], said: str) -> None:
    done = CLI.invoke(app, words)
    assert done.exit_code == 1
    assert said in done.output
    assert "Traceback" not in done.output


def test_help_names_the_kinds() -> None:
    done = CLI.invoke(app, ["bot", "--help"])
    assert done.exit_code == 0
    assert "market-maker" in done.output


def test_a_report_shows_the_counterfactual_beside() -> None:
    report = Report("lab-1", "ai-lab", {"cash flow $": -3.0, "fees $": 1.0}, {"cash flow $": -5.0})
    console = Console(width=100)
    with console.capture() as captured:
        console.print(summary(Tally(), report))
    rows = {line.split("│")[1].strip(): line for line in captured.get().splitlines() if "│" in line}
    assert "without the exchange" in captured.get()
    assert [cell.strip() for cell in rows["cash flow $"].split("│")[2:4]] == ["-3", "-5"]
    assert [cell.strip() for cell in rows["fees $"].split("│")[2:4]] == ["1", ""]
