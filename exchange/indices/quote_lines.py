"""The quote line that a row's terms make up."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from exchange.indices import fields, vocabulary
from exchange.indices.observations import Line
from exchange.indices.rejects import Fault

_WORDS = {
    "cloud_type": fields.CLOUD_TYPES,
    "form": fields.FORMS,
    "interconnect": fields.INTERCONNECTS,
    "cpu": fields.CPUS,
    "rental": fields.RENTALS,
}


class FieldFaultError(ValueError):
    """A field whose value cannot be used."""

    def __init__(self, field: str, fault: Fault) -> None:
        self.field = field
        self.fault = fault
        super().__init__(f"{field}: {fault.reason}")


def line_of(cells: Mapping[str, Any], underlying: str) -> Line:
    """Return the line of a row's terms; what a field does not tell, its coded one may.

    cells: field of columns.TERMS -> cell. underlying: where the row names none. Raises
    FieldFaultError.
    """
    texts = {
        field: "" if cell is None else " ".join(str(cell).split()) for field, cell in cells.items()
    }
    words = {field: _word(field, texts.get(field, ""), known) for field, known in _WORDS.items()}
    gpu, form = vocabulary.gpu_of(texts["gpu"]) if texts.get("gpu") else ("", "")
    cloud, cloud_type = vocabulary.provider_of(texts["cloud"]) if texts.get("cloud") else ("", "")
    rental = ""
    if texts.get("kind"):
        rental = _sound("kind", vocabulary.rental_of(texts["kind"]))
    region = texts.get("region", "")
    term_months = _sound("term_months", fields.months(texts.get("term_months", "")))
    return Line(
        underlying=_underlying(texts, gpu or underlying),
        provider=texts.get("provider") or cloud,
        cloud_type=words["cloud_type"] or cloud_type,
        country=texts.get("country", "").upper() or vocabulary.country_of(region),
        region=region,
        form=words["form"] or form,
        interconnect=words["interconnect"],
        cpu=words["cpu"],
        cluster_gpus=_sound("cluster_gpus", fields.count(texts.get("cluster_gpus", ""))),
        rental=words["rental"] or rental or ("reserved" if term_months else ""),
        term_months=term_months,
        executed=_sound("executed", fields.flag(texts.get("executed", ""))),
    )


def _underlying(texts: Mapping[str, str], otherwise: str) -> str:
    if "underlying" not in texts:
        return otherwise
    if not texts["underlying"]:
        raise FieldFaultError("underlying", Fault("is empty", "is empty", "name the GPU, as H100"))
    return texts["underlying"]


def _word(field: str, text: str, known: tuple[str, ...]) -> str:
    return str(_sound(field, fields.one_of(text, known)))


def _sound(field: str, found: Any) -> Any:
    if isinstance(found, Fault):
        raise FieldFaultError(field, found)
    return found
