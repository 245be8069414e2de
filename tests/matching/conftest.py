"""Both implementations of the books, one after the other."""

from __future__ import annotations

import pytest

from tests.matching.verbs import BOTH, OWNERS, Verbs


@pytest.fixture(params=BOTH, ids=lambda books: books.__name__)
def books(request: pytest.FixtureRequest) -> Verbs:
    """One empty book of prices 0 to 4095 and eight owners, as OrderBooks and as ReferenceBooks."""
    verbs = Verbs(request.param(owners=OWNERS))
    verbs.add_book()
    return verbs
