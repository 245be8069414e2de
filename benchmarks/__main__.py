"""`python -m benchmarks [NAME [ARGUMENTS]]`: run one benchmark, or all of them one after the other.

A benchmark is a module `NAME_bench.py` in this folder with `main(argv)`.
"""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path

from benchmarks.machine import describe
from benchmarks.terminal import wide_console


def names() -> list[str]:
    """Return the names of the benchmarks that are there."""
    return sorted(
        path.stem.removesuffix("_bench") for path in Path(__file__).parent.glob("*_bench.py")
    )


def main(argv: list[str]) -> int:
    """Print the machine, then run what is named; 2 for a name that is none."""
    if argv and argv[0] in ("-h", "--help"):
        print(f"usage: python -m benchmarks [{'|'.join(names())}] [arguments]; -h after a name")
        return 0
    if argv and argv[0] not in names():
        print(f"no benchmark {argv[0]!r}; there are: {', '.join(names())}", file=sys.stderr)
        return 2
    console = wide_console()
    console.print(" · ".join(f"{key} {value}" for key, value in describe().items()), style="dim")
    for name in [argv[0]] if argv else names():
        console.rule(name)
        import_module(f"benchmarks.{name}_bench").main(argv[1:])
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
