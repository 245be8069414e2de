"""Observations of a day: complete, in order, and readable by the indices."""

from __future__ import annotations

import numpy as np

from clients.economy.observing import observations
from exchange.indices.panel import Observations
from marketdata.days import NS_PER_DAY
from tests.clients.economy.test_day import NAMES, lines, rentals


def test_lists_once_and_agreements_of_the_day_in_order_of_time() -> None:
    rows = observations(20_000, NAMES, lines(), rentals())
    assert [row.executed for row in rows] == [True, True, False, False, False]
    assert [row.ts_ns - 20_000 * NS_PER_DAY for row in rows[:2]] == [0, 60 * 10**9]
    first = rows[0]
    assert (first.price_micros, first.gpu_hours, first.provider) == (2_000_000, 720.0, "Fir")
    assert (first.underlying, first.cloud_type, first.country) == ("H100", "neocloud", "US")
    assert (first.form, first.interconnect, first.rental) == ("sxm", "ethernet", "on_demand")
    assert sorted(row.price_micros for row in rows[2:]) == [2_000_000, 3_000_000, 3_300_000]


def test_a_reserved_rental_is_observed_when_it_is_agreed() -> None:
    """With the hours of its term; on later days it is no observation."""
    agreed = rentals()
    agreed.hours = np.array([0, 0, 85 * 24 * 92])
    (row,) = [row for row in observations(20_000, NAMES, lines(), agreed) if row.executed]
    assert (row.rental, row.term_months, row.gpu_hours) == ("reserved", 3, 85 * 24 * 92.0)


def test_deals_of_those_who_do_not_tell_are_not_observed() -> None:
    quiet = lines()
    quiet.deals_seen = np.array([True, False, True])
    found = observations(20_000, NAMES, quiet, rentals())
    assert [row.price_micros for row in found if row.executed] == [2_000_000]
    assert sum(not row.executed for row in found) == 3


def test_an_offer_without_gpus_is_not_listed() -> None:
    dark = lines()
    dark.gpus = np.array([0, 50, 0])
    rows = observations(20_000, NAMES, dark, rentals().take(np.zeros(0, np.int64)))
    assert [row.price_micros for row in rows] == [3_300_000]


def test_the_indices_take_them_as_they_are() -> None:
    rows = observations(20_000, NAMES, lines(), rentals())
    panel = Observations.of_rows(rows)
    assert panel.rows == rows
    assert panel.underlyings == ("H100",)
