"""Random numbers that belong to an agent and a day, so that one agent more disturbs no other.

A number is a hash of the run's seed, the agent's name, the day and what it is for (SplitMix64's
finaliser: Steele, Lea and Flood 2014). There is no state: any number can be asked for in any order.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from enum import IntEnum
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]
Bools: TypeAlias = NDArray[np.bool_]
Keys: TypeAlias = NDArray[np.uint64]

GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_FIRST = np.uint64(0xBF58476D1CE4E5B9)
_SECOND = np.uint64(0x94D049BB133111EB)
_11, _27, _30, _31 = (np.uint64(bits) for bits in (11, 27, 30, 31))
_WORD = 2**64
_TO_UNIT = 2.0**-53


class Purpose(IntEnum):
    """What a number is for; two purposes of one agent and day are independent."""

    SIZE = 1
    KIND = 2
    PLACE = 3
    GENERATION = 4
    WORTH = 5
    FORM = 6
    FABRIC = 7
    PREMIUM = 8
    LIST = 9
    ACTIVITY = 10
    SEARCH = 11
    TASTE = 12
    QUEUE = 13
    BARGAIN = 14
    SIGNING = 15
    TERM = 16
    QUOTE = 17
    DELIVERY = 18
    OUTAGE = 19
    OUTAGE_LENGTH = 20
    LAUNCH = 21
    LAUNCH_STEP = 22
    FACTOR = 23
    VOLUME = 24
    MIGRATION = 25
    MIGRATION_CHOICE = 26
    HOUR = 27
    CLUSTER = 28
    FIRST_END = 29
    SHORT_FACTOR = 30
    INVESTMENT = 31


def mix(words: Keys) -> Keys:
    """Return SplitMix64's finaliser of 64-bit words."""
    mixed = words >> _30
    mixed ^= words
    mixed *= _FIRST
    mixed ^= mixed >> _27
    mixed *= _SECOND
    mixed ^= mixed >> _31
    return mixed


class Draws:
    """The random numbers of one run; ``seed`` is any integer."""

    def __init__(self, seed: int) -> None:
        self._seed = str(seed)

    def keys(self, names: Sequence[str]) -> Keys:
        """Return the word of each agent, from its name and the seed."""
        digests = b"".join(
            hashlib.blake2b(f"{self._seed} {name}".encode(), digest_size=8).digest()
            for name in names
        )
        return np.frombuffer(digests, dtype="<u8").astype(np.uint64)


def words(keys: Keys, day: int, purpose: int) -> Keys:
    """Return one 64-bit word for each key."""
    golden = int(GOLDEN)
    by_purpose = np.uint64((purpose + 1) * golden % _WORD)
    by_day = np.uint64((day + 1) * golden % _WORD)
    return mix(mix(keys + by_purpose) + by_day)


def uniform(keys: Keys, day: int, purpose: int) -> Floats:
    """Return one number in (0, 1) for each key."""
    return ((words(keys, day, purpose) >> _11).astype(np.float64) + 0.5) * _TO_UNIT


def normal(keys: Keys, day: int, purpose: int) -> Floats:
    """Return one standard normal number for each key (Box and Muller 1958)."""
    first = words(keys, day, purpose)
    second = mix(first + GOLDEN)
    radius = np.sqrt(-2.0 * np.log(((first >> _11).astype(np.float64) + 0.5) * _TO_UNIT))
    angle = (second >> _11).astype(np.float64) * (2.0 * np.pi * _TO_UNIT)
    return np.asarray(radius * np.cos(angle))


def pairs(rows: Keys, columns: Keys) -> Keys:
    """Return a word for each pair of a row's and a column's agent, of shape (rows, columns)."""
    return mix(rows[:, None] + mix(columns + GOLDEN)[None, :])


def choose(keys: Keys, purpose: int, shares: Sequence[float]) -> Ints:
    """Return for each key the index of a choice made with probabilities ``shares`` (scaled to 1)."""
    edges = np.cumsum(shares) / np.sum(shares)
    return np.searchsorted(edges, uniform(keys, 0, purpose)).astype(np.int64)
