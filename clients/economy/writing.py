"""What a calibration leaves behind: parameters in the file that they came from, a table in a page."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import tomlkit

from clients.economy.calibration import NEOCLOUD, Fit
from clients.economy.parameters import ParameterError, Parameters

BEGIN, END = "<!-- calibration: begin -->", "<!-- calibration: end -->"


def with_calibrated(text: str, params: Parameters) -> str:
    """Return the TOML text with the parameters that calibration sets; comments and order stay."""
    file: Any = tomlkit.parse(text)
    for name, kind in params.generations.items():
        table = file["generations"][name]
        table["value_usd"] = kind.value_usd
        table["short_volatility"] = kind.short_volatility
        table["depreciation"] = kind.depreciation
    neoclouds = params.clouds[NEOCLOUD]
    table = file["clouds"][NEOCLOUD]
    table["premium"] = neoclouds.premium
    table["raise_at"] = neoclouds.raise_at
    table["cut_at"] = neoclouds.cut_at
    return tomlkit.dumps(file)


def markdown(fits: Sequence[Fit], command: str) -> str:
    """Return the table of targets and what was achieved, and the command that printed it."""
    rows = [
        f"`{command}` printed this.",
        "",
        "| figure | of | target | achieved | ± | within | set by | source |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for each in fits:
        target = each.target
        rows.append(
            f"| {target.name} | {target.underlying} | {target.wanted:.2f} | {each.achieved:.2f} "
            f"| {each.error:.2f} | {target.tolerance:.2f}{'' if each.met else ', missed'} "
            f"| {target.knob.value} | {target.source} |"
        )
    return "\n".join(rows)


def put_table(page: Path, table: str) -> None:
    """Replace what stands between the page's two marks. Raises ParameterError where they are not."""
    text = page.read_text(encoding="utf-8")
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ParameterError(f"{page}: has no {BEGIN} … {END}; add these two lines for the table")
    page.write_text(f"{before}{BEGIN}\n{table}\n{END}{after}", encoding="utf-8")
