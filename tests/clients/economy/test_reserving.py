"""Reserved rentals: signed within bounds, paid as agreed, ended in time."""

from __future__ import annotations

import numpy as np
import pytest

from clients.economy.economy import Economy
from clients.economy.parameters import Parameters
from clients.economy.rentals import Rental


@pytest.fixture
def economy(calm: Parameters) -> Economy:
    return Economy(calm, seed=1)


def test_the_book_is_what_offers_have_reserved_and_within_their_fleets(economy: Economy) -> None:
    for _ in range(60):
        economy.step()
        reserved = np.bincount(
            economy.book.terms.offer, economy.book.terms.gpus, len(economy.supply.offers)
        )
        assert (reserved == economy.supply.offers.reserved).all()
        assert (reserved <= economy.supply.offers.capacity).all()


def test_terms_run_for_their_days_at_their_price(economy: Economy) -> None:
    day = economy.step()
    signed = economy.book.terms.take(np.flatnonzero(economy.book.terms.signed_day == day.day))
    assert len(signed)
    assert (signed.end_day - day.day == np.ceil(signed.months * 365 / 12)).all()
    one = int(np.flatnonzero(signed.months == 1)[0])
    for number in range(1, 33):
        later = economy.step()
        rows = (
            (later.rentals.customer == signed.customer[one])
            & (later.rentals.offer == signed.offer[one])
            & (later.rentals.price_micros == signed.price_micros[one])
            & (later.rentals.rental == Rental.RESERVED)
        )
        assert rows.any() == (number < 31)


def test_a_longer_term_is_cheaper(economy: Economy) -> None:
    """Per doubling of 1 + months, log price is less by the discount: regression over the book."""
    for _ in range(40):
        economy.step()
    terms, lines = economy.book.terms, economy.supply
    base = lines.products.log_base[lines.offers.product] + lines.log_region[lines.offers.region]
    generation = lines.offer_generation[terms.offer]
    adjusted = (
        np.log(terms.price_micros / 1e6) - base[terms.offer] - economy.worth.log_worth[generation]
    )
    slope = np.polyfit(np.log2(1 + terms.months), adjusted, 1)[0]
    assert slope == pytest.approx(-economy.params.terms.discount, abs=0.015)


def test_what_lacks_power_is_not_served_and_not_paid(economy: Economy) -> None:
    reserved = economy.book.run(economy.day, economy.supply).gpus.sum()
    economy.supply.offers.online = economy.supply.offers.reserved // 2
    served = economy.book.run(economy.day, economy.supply)
    assert served.gpus.sum() == pytest.approx(reserved / 2, rel=0.05)
    by_offer = np.bincount(served.offer, served.gpus, len(economy.supply.offers))
    assert (by_offer <= economy.supply.offers.online).all()


def test_a_cancelled_order_frees_the_largest_rentals_and_the_need(economy: Economy) -> None:
    need = economy.demand.customers.size.sum()
    held = economy.book.terms.gpus.sum()
    largest = economy.book.terms.gpus[
        economy.supply.offer_generation[economy.book.terms.offer] == 1
    ].max()
    freed = economy.book.cancel(1, int(largest) + 1, economy.demand, economy.supply)
    assert freed > largest
    assert economy.book.terms.gpus.sum() == held - freed
    assert need - freed <= economy.demand.customers.size.sum() < need
    assert economy.supply.offers.reserved.sum() == held - freed
