"""What every verb shares: keys, advice, confirmation, JSON."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from exchange.admin import admin_app
from exchange.admin.app import chosen, named
from exchange.cli import app
from tests.exchange.admin.counter import WHY, Counter
from tests.exchange.gateway.live import NAME

AtCounter = Callable[..., None]
VERBS = sorted(typer.main.get_group(admin_app).commands)


def test_one_instrument_a_family_or_all() -> None:
    assert chosen("A", None, False) == {"instrument_name": "A"}
    assert chosen(None, "GPU1", False) == {"currency": "GPU1"}
    assert chosen(None, None, True) == {"currency": "any"}
    for wrong in ((None, None, False), ("A", "GPU1", False), ("A", None, True)):
        with pytest.raises(typer.BadParameter):
            chosen(*wrong)
    assert named({"instrument_name": "A"}) == "A"
    assert "GPU1" in named({"currency": "GPU1"})
    assert "every instrument" in named({"currency": "any"})


def test_without_a_key_it_says_how_to_make_one(tmp_path: Path) -> None:
    words = ["admin", "--key", str(tmp_path / "no.json"), "status"]
    failed = CliRunner().invoke(app, words)
    assert failed.exit_code == 1
    assert "no.json" in failed.output
    assert "cfx keys add NAME --scope operator:read_write" in failed.output


def test_without_an_exchange_it_says_how_to_start_one() -> None:
    words = ["admin", "--url", "http://127.0.0.1:1", "--client-id", "a", "--client-secret", "b"]
    failed = CliRunner().invoke(app, [*words, "status"])
    assert failed.exit_code == 1
    assert "cfx serve" in failed.output


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_explains_itself(verb: str) -> None:
    assert len(VERBS) >= 31
    shown = CliRunner().invoke(app, ["admin", verb, "--help"])
    assert shown.exit_code == 0
    assert len(shown.output) > 200


def test_a_change_without_a_reason_is_not_even_sent() -> None:
    failed = CliRunner().invoke(app, ["admin", "halt", NAME], env={"TERM": "dumb"})
    assert failed.exit_code == 2
    assert "reason" in failed.output


def test_other_keys_are_refused_with_the_scope(at_counter: AtCounter) -> None:
    async def scenario(counter: Counter) -> None:
        for key in ("alice", "read"):
            shown = await counter.failed("halt", NAME, "-r", WHY, key=key)
            assert "forbidden" in shown
            assert "operator:read_write" in shown
        shown = await counter.failed("status", key="alice")
        assert "operator:read" in shown
        assert (await counter.type("status", key="read")).exit_code == 0
        assert await counter.json("actions") == {"actions": [], "has_more": False}

    at_counter(scenario)


def test_what_is_dangerous_is_asked_first(at_counter: AtCounter) -> None:
    async def scenario(counter: Counter) -> None:
        words = ("mark", NAME, "--move", "-30", "-r", WHY)
        for answer in ("n\n", "", None):
            asked = await counter.type(*words, answer=answer)
            assert asked.exit_code == 1
            assert f"Mark {NAME} by -30 %?" in asked.output
            assert "nothing was done" in asked.output
            assert "--yes" in asked.output
        assert (await counter.json("status"))["instruments"][0]["mark_price"] == 2.5
        assert (await counter.type(*words, answer="y\n")).exit_code == 0
        assert (await counter.json("status"))["instruments"][0]["mark_price"] == 1.75

    at_counter(scenario)


def test_a_far_mark_is_refused_with_advice(at_counter: AtCounter) -> None:
    async def scenario(counter: Counter) -> None:
        for price, word in (
            ("0", "must be from"),
            ("250", "must be from"),
            ("1.2", "--force"),
            ("x", "price"),
        ):
            shown = await counter.failed("mark", NAME, "--price", price, "-y", "-r", WHY)
            assert word in shown, shown
        shown = await counter.failed("mark", NAME, "--price", "2", "-y", "-r", " ")
        assert "reason" in shown
        shown = await counter.failed("halt", "GPU9", "-r", WHY)
        assert "cfx admin status" in shown
        assert (await counter.json("actions"))["actions"] == []

    at_counter(scenario)
