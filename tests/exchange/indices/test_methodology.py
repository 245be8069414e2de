"""Methodology files: those that are shipped, breaks, and what is refused."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from exchange.indices.methodology import (
    BroadTerms,
    MethodologyError,
    TransactionTerms,
    load,
    parse,
    shipped,
)
from marketdata.days import day_number

SHIPPED = {each.name: each for each in shipped()}
TEXT = SHIPPED["h100_usd"].text


def test_the_indices_of_the_contracts_are_shipped() -> None:
    assert set(SHIPPED) == {
        "h100_usd",
        "h200_usd",
        "b200_usd",
        "a100_usd",
        "h100_tx_usd",
        "b200_tx_usd",
    }
    for name, methodology in SHIPPED.items():
        terms = methodology.at(0).terms
        assert isinstance(terms, TransactionTerms if "_tx_" in name else BroadTerms)
        assert terms.underlying.lower() == name.split("_")[0]


def test_a_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(TEXT.replace('"h100_usd"', '"my_index"'), encoding="utf-8")
    assert load(path).name == "my_index"


def test_a_break_holds_from_its_day() -> None:
    text = TEXT + (
        '[[break]]\neffective = 2026-09-01\nreason = "shorter look-back"\n'
        'values = { "look_back.days" = 3 }\n'
        '[[break]]\neffective = 2026-10-01\nreason = "lists weigh less"\n'
        'values = { "hedonic.priors.deal.listed" = { log = 0.4, sd = 0.0 } }\n'
    )
    found = parse(text, "f.toml")
    september = day_number(date(2026, 9, 1))
    terms = [found.at(day).terms for day in (september - 1, september, september + 30)]
    assert [found.at(day).number for day in (0, september, september + 30)] == [1, 2, 3]
    assert all(isinstance(each, BroadTerms) for each in terms)
    assert [each.look_back.days for each in terms] == [7, 3, 3]  # type: ignore[union-attr]
    logs = [each.hedonic.prior("deal.listed").log for each in terms]  # type: ignore[union-attr]
    assert logs == [0.3, 0.3, 0.4]


@pytest.mark.parametrize(
    ("before", "after", "reason"),
    [
        ("days = 7 ", "days = 0 ", r"f\.toml: .*look_back\.days"),
        ("[look_back]", "[look_back", "not TOML"),
        ('method = "broad"', 'method = "narrow"', "method"),
        ('method = "broad"', 'method = "transaction"', "unknown field"),
        ("max_move = 0.25", "max_moves = 0.25", "unknown field `max_moves`"),
        ('calendar = "XNYS"', 'calendar = "MOON"', "publication.calendar: 'MOON' is not known"),
        ("America/New_York", "America/Gotham", "publication.time_zone: 'America/Gotham'"),
        ('time = "16:00"', 'time = "26:00"', r"publication\.time"),
        ('"spot", ', '"lease", ', "eligible.rentals: 'lease' is not one of"),
        ("cap = 0.20", "cap = 1.20", r"weights\.cap"),
    ],
)
def test_a_fault_names_its_field(before: str, after: str, reason: str) -> None:
    assert before in TEXT
    with pytest.raises(MethodologyError, match=reason):
        parse(TEXT.replace(before, after), "f.toml")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ("values = {}", "Object missing required field"),
        ('effective = 2026-01-01\nreason = ""\nvalues = {}', "reason"),
        ('effective = 2026-01-01\nreason = "x"\nvalues = { "look_back.days" = -1 }', "days"),
        ('effective = 2026-01-01\nreason = "x"\nvalues = { "index" = "other" }', "cannot change"),
        ('effective = 2026-01-01\nreason = "x"\nvalues = { "title.x" = 1 }', "is no field"),
        (
            'effective = 2026-01-01\nreason = "x"\nvalues = {}\n'
            '[[break]]\neffective = 2026-01-01\nreason = "y"\nvalues = {}',
            "is not after",
        ),
    ],
)
def test_an_unsound_break_is_refused(change: str, reason: str) -> None:
    with pytest.raises(MethodologyError, match=reason):
        parse(f"{TEXT}[[break]]\n{change}\n", "f.toml")


def test_a_transaction_index_has_no_lists() -> None:
    text = SHIPPED["h100_tx_usd"].text
    with pytest.raises(MethodologyError, match="executed rentals alone"):
        parse(text.replace("listed = false", "listed = true"), "f.toml")
    with pytest.raises(MethodologyError, match="from short to long"):
        parse(re.sub(r"minutes = \[.*?\]", "minutes = [60, 30]", text), "f.toml")


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MethodologyError, match="No such file"):
        load(tmp_path / "no.toml")
    (tmp_path / "a.toml").write_bytes(b"\xff")
    with pytest.raises(MethodologyError, match="UTF-8"):
        load(tmp_path / "a.toml")
    (tmp_path / "b.toml").write_bytes(b"#" * (1 << 21))
    with pytest.raises(MethodologyError, match="too long"):
        load(tmp_path / "b.toml")
