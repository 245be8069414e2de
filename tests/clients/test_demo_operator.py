"""The operator's seat of a demo: a key that works, commands that are complete, news told once."""

from __future__ import annotations

import asyncio
import shlex
import stat
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from clients.demo_operator import KEY_NAME, SCOPE, RiskNews, operator_key, tell, to_try
from exchange.admin.client import CallLost, OperatorClient
from exchange.cli import app
from exchange.gateway.keys import KEYS_NAME, KeyStore


def test_the_key_is_made_once_and_again_when_it_was_revoked(tmp_path: Path) -> None:
    path, key = operator_key(tmp_path)
    assert path == tmp_path / KEY_NAME
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert operator_key(tmp_path) == (path, key)
    store = KeyStore(tmp_path / KEYS_NAME)
    held = store.keys()
    assert [one.scopes for one in held] == [(SCOPE,)]
    store.revoke(key.client_id, revoked_ns=1)
    store.close()
    _, other = operator_key(tmp_path)
    assert other.client_id != key.client_id
    path.write_text("nonsense", encoding="utf-8")
    assert operator_key(tmp_path)[1] not in (key, other)


def test_the_commands_stand_as_they_would_be_typed() -> None:
    for line in to_try(Path("cfx-data/operator.json"), "http://127.0.0.1:1"):
        program, *words = shlex.split(line)
        assert program == "cfx"
        # Nothing listens there, but every word of the line is understood first.
        failed = CliRunner().invoke(app, words)
        assert failed.exit_code == 1, failed.output
        assert "operator's key" in failed.output


def waterfall(*unsound: dict[str, Any], defaults: tuple[dict[str, Any], ...] = ()) -> Any:
    return {"unsound": list(unsound), "defaults": list(defaults)}


def account(state: str) -> dict[str, Any]:
    return {"account": "ada", "state": state, "equity": 300.0, "maintenance_margin": 345.5}


def default(ended_at: int | None, **sums: Any) -> dict[str, Any]:
    return {
        "account": "ada",
        "begun_seq": 7,
        "begun_equity": -40.0,
        "ended_at": ended_at,
        "equity": 0.0,
        "deleveraged": 0.0,
        "paid_by": {},
        **sums,
    }


def test_a_call_is_told_once_and_that_it_was_met() -> None:
    news = RiskNews()
    assert news.lines(waterfall()) == []
    (line,) = news.lines(waterfall(account("called")))
    assert line == "margin call: ada has 300.00 $ of 345.50 $ maintenance margin"
    assert news.lines(waterfall(account("called"))) == []
    assert news.lines(waterfall()) == ["margin call met: ada"]
    assert len(news.lines(waterfall(account("called")))) == 1


def test_a_default_is_told_at_its_beginning_and_its_end() -> None:
    news = RiskNews()
    news.lines(waterfall(account("called")))
    running = default(None)
    (line,) = news.lines(waterfall(account("closing_out"), defaults=(running,)))
    assert line == "default: ada is closed out with -40.00 $ of equity"
    assert news.lines(waterfall(account("closing_out"), defaults=(running,))) == []
    over = default(9, deleveraged=25.0, paid_by={"insurance": 14.5, "house": 0.5})
    (line,) = news.lines(waterfall(defaults=(over,)))
    assert line == (
        "default over: ada is left with 0.00 $, counterparties were deleveraged for 25.00 $, "
        "insurance paid 14.50 $, house paid 0.50 $"
    )
    assert news.lines(waterfall(defaults=(over,))) == []
    # One that began and ended between two looks is told of all the same.
    assert len(RiskNews().lines(waterfall(defaults=(over,)))) == 2


def test_lost_calls_are_asked_again() -> None:
    class Flaky(OperatorClient):
        def __init__(self) -> None:
            self.asked = 0

        def call(self, method: str, params: dict[str, Any]) -> Any:
            self.asked += 1
            if self.asked == 1:
                raise CallLost("no exchange answers", sent=False)
            return waterfall(account("called"))

    async def scenario() -> list[str]:
        said: list[str] = []
        heard = asyncio.Event()

        def say(line: str) -> None:
            said.append(line)
            heard.set()

        telling = asyncio.create_task(tell(Flaky(), say, period_s=0.01))
        await asyncio.wait_for(heard.wait(), 60)
        telling.cancel()
        return said

    assert len(asyncio.run(scenario())) == 1
