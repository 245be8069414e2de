"""What a measurement ran on, and where its figures are kept."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parent / "results"


def cpu_model() -> str:
    """Return the processor's name as the system tells it."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def describe() -> dict[str, str]:
    """Return processor, cores, system, the versions that matter for speed, and the time."""
    versions = {
        name: metadata.version(name) for name in ("numba", "numpy", "uvicorn", "websockets")
    }
    return {
        "cpu": cpu_model(),
        "cores": str(os.cpu_count()),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        **versions,
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def save(name: str, figures: Mapping[str, Any]) -> Path:
    """Write the figures of one benchmark with the machine they come from; return the file."""
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{name}.json"
    path.write_text(json.dumps({"machine": describe(), **figures}, indent=2) + "\n")
    return path
