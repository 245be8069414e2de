"""Tables hold what the terms say."""

from __future__ import annotations

import io
from datetime import UTC, datetime

from rich.console import Console
from rich.table import Table

from exchange.contracts import tables
from exchange.contracts.listing import instruments
from exchange.contracts.spec import shipped

AT_NS = int(datetime(2026, 11, 21, tzinfo=UTC).timestamp()) * 10**9
PRICES = {"H100": 2_810_000, "B200": 5_870_000}


def text_of(table: Table) -> str:
    console = Console(file=io.StringIO(), width=200)
    console.print(table)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_every_family_has_a_row() -> None:
    text = text_of(tables.families(shipped()))
    for spec in shipped():
        assert f" {spec.family} " in text
    assert "6 of 36 months" in text
    assert "2 of 2 months x 5 strikes" in text


def test_terms_of_each_kind() -> None:
    texts = {spec.family: text_of(tables.terms(spec)) for spec in shipped()}
    assert "operator decides below 15 fixings" in texts["GPU1"]
    assert "17:00-16:00 America/Chicago, business days" in texts["GPU1"]
    assert "7,500 lots" in texts["GPU1"]
    assert "hours of the month" in texts["HPR"]
    assert "0.20 $ from the mark" in texts["GPU1-FS"]
    assert "that of the legs" in texts["GPU1-FS"]
    assert "1 $ or nothing" in texts["H100MEAN"]
    assert "round the clock" in texts["H100"]


def test_instruments_show_fixings_or_legs() -> None:
    specs = shipped("GPU1", "GPU1-FS")
    listed = instruments(specs, AT_NS, PRICES)
    outright = text_of(tables.instruments(specs[1], [x for x in listed if not x.legs]))
    assert "GPU1-30NOV26" in outright
    assert "20: 02 Nov to 30 Nov" in outright
    spread = text_of(tables.instruments(specs[0], [x for x in listed if x.legs]))
    assert "+1 GPU1-31DEC26" in spread
    (perpetual,) = shipped("H100")
    assert "never" in text_of(
        tables.instruments(perpetual, instruments([perpetual], AT_NS, PRICES))
    )


def test_holidays_are_named_where_fixings_skip_them() -> None:
    (gpu1,) = shipped("GPU1")
    closed = tables.closed_days(gpu1, instruments([gpu1], AT_NS, PRICES))
    assert "2026-11-26 Thanksgiving Day" in closed
    (hpr,) = shipped("HPR")
    assert tables.closed_days(hpr, instruments([hpr], AT_NS, PRICES)) == ""
