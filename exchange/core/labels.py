"""Client order ids: a label takes effect once an account, whatever the batches."""

from __future__ import annotations

from exchange.core import layout as at
from exchange.core.commands import Rows
from exchange.core.layout import COLD_COMMANDS, CommandKind, EventKind

MAX_LABELS = 65_536
"""Labels an account's later orders are checked against; the oldest are forgotten first."""

Labels = list[dict[str, int]]
"""Of each account: label -> order id."""

_SUBMIT = int(CommandKind.SUBMIT)
_LINKED = int(CommandKind.LINKED)
_ACCEPTED = int(EventKind.ACCEPTED)
_IN_USE = -1


def end_of_run(labels: Labels, rows: Rows, texts: dict[int, str], start: int) -> int:
    """Return the end of a run of hot commands, and mark in it the submits with a label that is in use.

    The mark is the submit's ORDER_ID; a linked order's label counts for the submit it belongs to. A run
    also ends before a label that it has already used, and before one in use that the run may make the
    account forget: whether those are duplicates depends on what became of the others.
    """
    hot = rows[start:, at.COMMAND_KIND] < COLD_COMMANDS
    end = len(rows) if hot.all() else start + int(hot.argmin())
    seen: dict[tuple[int, str], int] = {}
    for index, label in texts.items():
        if not start <= index < end:
            continue
        head = _head_of(rows, index)
        if head < start or rows[head, at.COMMAND_KIND] != _SUBMIT:
            continue
        account = int(rows[head, at.COMMAND_ACCOUNT])
        if (account, label) in seen:
            if seen[account, label] != head:
                return head
            rows[head, at.COMMAND_ORDER_ID] = _IN_USE
        seen[account, label] = head
        order_id = labels[account].get(label, 0) if 0 <= account < len(labels) else 0
        if order_id and head > start and len(labels[account]) + len(seen) > MAX_LABELS:
            return head
        if order_id:
            rows[head, at.COMMAND_ORDER_ID] = order_id
    return end


def _head_of(rows: Rows, index: int) -> int:
    """Return the row that a row is LINKED to, or the row itself."""
    while index >= 0 and rows[index, at.COMMAND_KIND] == _LINKED:
        index -= 1
    return index


def keep(labels: Labels, events: Rows, texts: dict[int, str], first_seq: int) -> None:
    """Remember the labels of the orders that these events accepted; texts: by row from first_seq on."""
    accepted = events[events[:, at.EVENT_KIND] == _ACCEPTED]
    wanted = [at.EVENT_SEQ, at.EVENT_ACCOUNT, at.EVENT_ORDER_ID]
    for seq, account, order_id in accepted[:, wanted].tolist():
        label = texts.get(seq - first_seq)
        if label is not None:
            known = labels[account]
            known[label] = order_id
            if len(known) > MAX_LABELS:
                del known[next(iter(known))]
