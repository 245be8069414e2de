"""Deals found by matching wants to free capacity: each customer takes the cheapest it knows and may."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from clients.economy.draws import Bools, Floats, Ints


class Matches(NamedTuple):
    """GPUs that customers got from offers: equal-length rows."""

    customer: Ints
    offer: Ints
    gpus: Ints


def allocate(
    known: Ints, log_prices: Floats, taken: Bools, wanted: Ints, queue: Floats, free: Ints
) -> Matches:
    """Match wants of n customers to offers of which each knows k; ``free`` shrinks by what is let.

    known, log_prices, taken: of shape (n, k): the offer, what it costs this customer by its own
    judgement, and whether that is acceptable. In each of k rounds every customer that still wants
    turns to its next cheapest; where an offer has too little, those with the lowest ``queue``
    number come first and the last of them gets a part.
    """
    order = np.argsort(np.where(taken, log_prices, np.inf), axis=1, kind="stable")
    offers = np.take_along_axis(known, order, axis=1)
    acceptable = np.take_along_axis(taken, order, axis=1)
    left = wanted.copy()
    rounds: list[Matches] = []
    for turn in range(known.shape[1]):
        rows = np.flatnonzero((left > 0) & acceptable[:, turn])
        rows = rows[free[offers[rows, turn]] > 0]
        if not len(rows):
            continue
        rows = rows[np.lexsort((queue[rows], offers[rows, turn]))]
        at = offers[rows, turn]
        asked = np.cumsum(left[rows])
        starts = np.flatnonzero(np.diff(at, prepend=-1))
        before = np.repeat(asked[starts] - left[rows][starts], np.diff(np.append(starts, len(at))))
        ahead = asked - left[rows] - before
        got = np.clip(free[at] - ahead, 0, left[rows])
        some = got > 0
        rows, at, got = rows[some], at[some], got[some]
        left[rows] -= got
        np.subtract.at(free, at, got)
        rounds.append(Matches(rows, at, got))
    if not rounds:
        none = np.zeros(0, np.int64)
        return Matches(none, none, none)
    return Matches(*(np.concatenate(parts) for parts in zip(*rounds, strict=True)))
