"""Bounds of the rules of close-outs, and the command that sets them."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest

from exchange.core import snapshot
from exchange.core.commands import Command
from exchange.core.default_terms import DefaultTerms
from exchange.core.layout import CommandKind, Reason
from tests.exchange.core.lab import Lab, spec


def text_of(terms: DefaultTerms) -> str:
    return msgspec.json.encode(terms).decode()


@pytest.mark.parametrize(
    "change",
    [
        {"slice_ppm": 0},
        {"slice_ppm": 1_000_001},
        {"step_ns": 0},
        {"step_ns": 86_400 * 10**9 + 1},
        {"patience_steps": -1},
        {"patience_steps": 11},
        {"deleveraging_steps": 1_001},
    ],
)
def test_terms_out_of_bounds_are_refused_and_change_nothing(change: dict[str, int]) -> None:
    lab = Lab(spec())
    terms = msgspec.structs.replace(DefaultTerms(), **change)
    assert not terms.is_sound
    digest = lab.timeless_digest
    command = Command(CommandKind.SET_MARGIN_TERMS, amount_micros=5, text=text_of(terms))
    assert lab.reason(command) == Reason.INVALID_SPEC
    assert lab.timeless_digest == digest


@pytest.mark.parametrize("text", ["{", "[]", '{"slice":1}', '{"slice_ppm":"1"}'])
def test_a_text_that_is_no_terms_is_refused(text: str) -> None:
    lab = Lab(spec())
    digest = lab.timeless_digest
    assert lab.reason(Command(CommandKind.SET_MARGIN_TERMS, text=text)) == Reason.INVALID_SPEC
    assert lab.timeless_digest == digest


def test_terms_are_kept_and_an_empty_text_leaves_them() -> None:
    lab = Lab(spec())
    assert lab.core.default_terms == DefaultTerms()
    terms = DefaultTerms(slice_ppm=1_000_000, step_ns=1, patience_steps=0, deleveraging_steps=1_000)
    lab.do(Command(CommandKind.SET_MARGIN_TERMS, text=text_of(terms)))
    digest = lab.timeless_digest
    lab.do(Command(CommandKind.SET_MARGIN_TERMS))
    assert lab.core.default_terms == terms
    assert lab.timeless_digest == digest
    restored = snapshot.restore(snapshot.take(lab.core))
    assert restored.default_terms == terms
    assert snapshot.digest(restored) == lab.digest
    lab.do(Command(CommandKind.SET_MARGIN_TERMS, text=text_of(DefaultTerms())))
    assert lab.timeless_digest != digest


def test_the_page_names_the_defaults(checkout: Path) -> None:
    text = (checkout / "docs/clearing/default.md").read_text(encoding="utf-8")
    written = re.findall(r"^\| `(\w+)` \| (\d+) \|", text, re.MULTILINE)
    assert {name: int(number) for name, number in written} == msgspec.structs.asdict(DefaultTerms())
