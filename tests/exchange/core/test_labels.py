"""Labels: each takes effect once, alone or linked, whatever the batches."""

from __future__ import annotations

import pytest

from exchange.core import labels as label_module
from exchange.core import layout as at
from exchange.core.commands import Command, Conditions
from exchange.core.layout import CommandKind, EventKind, Reason
from matching.layout import Link
from tests.exchange.core.lab import BUY, SELL, USD, Lab, linked, reason_of, spec, submit


def test_a_label_takes_effect_once_within_and_across_batches() -> None:
    lab = Lab(spec(), deposits=(100_000 * USD, 100_000 * USD))
    mine, theirs = submit(0, BUY, 299, 1, label="x"), submit(1, BUY, 299, 1, label="x")
    kinds = [(row[at.EVENT_KIND], row[at.EVENT_TAG]) for row in lab.do(mine, mine, theirs)]
    assert kinds == [
        (EventKind.ACCEPTED, 0),
        (EventKind.REJECTED, Reason.DUPLICATE_LABEL),
        (EventKind.ACCEPTED, 0),
    ]
    assert lab.reason(mine) == Reason.DUPLICATE_LABEL
    lab.do(Command(CommandKind.CANCEL_ALL, 0, -1))
    assert lab.reason(mine) == Reason.DUPLICATE_LABEL


def test_a_rejected_order_leaves_its_label_free() -> None:
    lab = Lab(spec(), deposits=(100_000 * USD,))
    too_large = submit(0, BUY, 299, 501, label="x")
    events = lab.do(too_large, submit(0, BUY, 299, 1, label="x"))
    assert [row[at.EVENT_TAG] for row in events] == [Reason.QTY_ABOVE_MAXIMUM, Reason.NONE]


def test_labels_are_forgotten_alike_whatever_the_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(label_module, "MAX_LABELS", 3)
    commands = [submit(0, BUY, 299, 1, label=label) for label in "abcdabcdeabe"]
    one_by_one = Lab(spec(), deposits=(100_000 * USD,))
    together = Lab(spec(), deposits=(100_000 * USD,))
    apart = [row[at.EVENT_TAG] for command in commands for row in one_by_one.do(command)]
    at_once = [row[at.EVENT_TAG] for row in together.do(*commands)]
    assert at_once == apart
    assert one_by_one.core.labels == together.core.labels
    assert len(together.core.labels[0]) == 3
    assert Reason.DUPLICATE_LABEL in apart


def bracket(label: str, *others: str) -> list[Command]:
    """A bid, and asks that wait for its fill, one for each further label."""
    conditions = Conditions(link=Link.OTO, linked=len(others))
    first = submit(0, BUY, 299, 1, label=label, conditions=conditions)
    return [first, *(linked(SELL, 310, 1, label=other) for other in others)]


def test_a_linked_order_s_label_takes_effect_once_too() -> None:
    lab = Lab(spec(), deposits=(100_000 * USD,))
    events = lab.do(*bracket("x", "y", ""))
    ids = {row[at.EVENT_ORDER_ID] for row in events}
    assert len(ids) == 3
    assert set(lab.core.labels[0]) == {"x", "y"}
    assert set(lab.core.labels[0].values()) < ids
    digest = lab.timeless_digest
    for again in (bracket("y", "z"), bracket("z", "y"), bracket("z", "w", "x")):
        assert reason_of(lab.do(*again)) == Reason.DUPLICATE_LABEL
    assert lab.timeless_digest == digest
    assert reason_of(lab.do(*bracket("z", "w"))) == Reason.NONE


def test_one_label_for_two_linked_orders_is_a_duplicate() -> None:
    lab = Lab(spec(), deposits=(100_000 * USD,))
    for group in (bracket("x", "x"), bracket("x", "y", "y")):
        assert reason_of(lab.do(*group)) == Reason.DUPLICATE_LABEL
    assert lab.core.labels == [{}]


def test_linked_labels_do_not_depend_on_the_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(label_module, "MAX_LABELS", 4)
    groups = [bracket(*names) for names in ("ab", "c", "bd", "de", "fgh", "ai", "ac", "gj", "kk")]
    apart = Lab(spec(), deposits=(100_000 * USD,))
    together = Lab(spec(), deposits=(100_000 * USD,))
    one_by_one = [row for group in groups for row in apart.do(*group)]
    at_once = together.do(*(command for group in groups for command in group))
    columns = [at.EVENT_KIND, at.EVENT_SEQ, at.EVENT_ORDER_ID, at.EVENT_TAG]
    assert [[row[c] for c in columns] for row in at_once] == [
        [row[c] for c in columns] for row in one_by_one
    ]
    assert apart.core.labels == together.core.labels
    assert Reason.DUPLICATE_LABEL in {row[at.EVENT_TAG] for row in at_once}
