"""What the names in a panel stand for: providers, GPUs, kinds of price, regions."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib import resources
from typing import Any

from exchange.indices.fields import FORMS
from exchange.indices.rejects import Fault

_GPU = re.compile(r"[A-Z]{1,3}\d{2,4}")
_ENDS_IN_COUNTRY = re.compile(r"(?:^|[ ,])([A-Z]{2})$")
_NO_COUNTRY = {"EU"}


@cache
def _names() -> dict[str, Any]:
    text = resources.files("exchange.indices").joinpath("vocabulary.toml").read_text("utf-8")
    return tomllib.loads(text)


def provider_of(cloud: str) -> tuple[str, str]:
    """Return a provider's own name and its cloud type, "" where it is not classified."""
    name = cloud.strip().lower()
    name = _names()["aliases"].get(name, name)
    types = (kind for kind, members in _names()["providers"].items() if name in members)
    return name, next(types, "")


def gpu_of(text: str) -> tuple[str, str]:
    """Return the underlying and the form that a GPU's name tells: H100-SXM is (H100, sxm)."""
    words = re.split(r"[\s_-]+", text.strip())
    form = next((word.lower() for word in words if word.lower() in FORMS), "")
    model = next((word.upper() for word in words if _GPU.fullmatch(word.upper())), "")
    return model or text.strip(), form


def rental_of(kind: str) -> str | Fault:
    """Return the rental that a panel's kind of price stands for."""
    word = kind.strip().lower().replace("-", "_")
    names = _names()
    for ending, reason in names["unusable"].items():
        if word.endswith(ending):
            return Fault(reason, f"{word!r} {reason}", "use the single prices")
    if word in names["kinds"]:
        return str(names["kinds"][word])
    known = ", ".join(names["kinds"])
    return Fault("is no known value", f"{kind[:40]!r} is not one of {known}", "use one of these")


@cache
def country_of(region: str) -> str:
    """Return the ISO 3166 country of a cloud's region, "" where its name does not tell."""
    text = region.strip()
    ending = _ENDS_IN_COUNTRY.search(text)
    if ending and ending[1] not in _NO_COUNTRY:
        return ending[1]
    lowered = text.lower()
    known: dict[str, str] = _names()["countries"]
    begins = [beginning for beginning in known if lowered.startswith(beginning)]
    return known[max(begins, key=len)] if begins else ""
