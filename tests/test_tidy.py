"""Tests of the code itself: mirrored tests, sizes, docstrings, purity of the deterministic core.

The rules are read off the files, so a new module is held to them without being named here.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
PACKAGES = ("matching", "marketdata", "exchange", "clients")
MAX_LINES = 450
"""A ratchet: it may be lowered."""

CONSTANTS_ONLY = {"matching/layout.py", "exchange/core/layout.py"}
"""Modules that only name columns and codes; their users' tests cover them."""

CORE = ("matching", "exchange/core")
IMPURE = {
    "asyncio",
    "datetime",
    "logging",
    "os",
    "random",
    "secrets",
    "socket",
    "subprocess",
    "threading",
    "time",
    "uuid",
}

HAS_TEST = re.compile(r"^(\s*(async )?def test_|Test\w+ = )", re.MULTILINE)
TEXT_SUFFIXES = {".py", ".md", ".toml", ".sh", ".html", ".js", ".css", ""}
UNFINISHED = re.compile(r"\b(" + "|".join(("TO" + "DO", "FIX" + "ME", "X" + "XX")) + r")\b")
MACHINE_PATH = re.compile(
    r"(?<![\w.~-])/(" + "|".join(("wo" + "rk", "ho" + "me", "ro" + "ot")) + ")/"
)


def modules() -> list[Path]:
    """Every module of the product, relative to the checkout."""
    found = [path for package in PACKAGES for path in (CHECKOUT / package).rglob("*.py")]
    return sorted(path.relative_to(CHECKOUT) for path in found)


def written_files() -> list[Path]:
    """Every text file that people write: the product, its tests, benchmarks and documents."""
    folders = [CHECKOUT / name for name in (*PACKAGES, "tests", "benchmarks", "docs", ".ci")]
    found = [path for folder in folders for path in folder.rglob("*")]
    found += [path for path in CHECKOUT.iterdir() if path.name != ".git"]
    return sorted(
        path.relative_to(CHECKOUT)
        for path in found
        if path.is_file() and path.suffix in TEXT_SUFFIXES and "__pycache__" not in path.parts
    )


def text_of(path: Path) -> str:
    return (CHECKOUT / path).read_text(encoding="utf-8")


def tree_of(path: Path) -> ast.Module:
    return ast.parse(text_of(path), str(path))


def mirror_of(module: Path) -> Path:
    return Path("tests", module.parent, f"test_{module.name}")


def imports_of(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0]


def undocumented(tree: ast.Module) -> Iterator[str]:
    """Give what is public, in a module or a public class of it, and lacks its sentence."""
    if not has_sentence(tree):
        yield "the module"
    yield from _undocumented_within(tree, "")


def _undocumented_within(scope: ast.Module | ast.ClassDef, path: str) -> Iterator[str]:
    for node in scope.body:
        if not isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        if node.name.startswith("_") or _is_overload_or_setter(node):
            continue
        if not has_sentence(node):
            yield f"{path}{node.name} (line {node.lineno})"
        if isinstance(node, ast.ClassDef):
            yield from _undocumented_within(node, f"{path}{node.name}.")


def _is_overload_or_setter(node: ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    names = {ast.unparse(decorator) for decorator in node.decorator_list}
    return any(
        name in {"overload", "typing.overload"} or name.endswith(".setter") for name in names
    )


def has_sentence(
    node: ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef,
) -> bool:
    """Whether the docstring's first paragraph ends as a sentence does (a colon may open a list)."""
    first = (ast.get_docstring(node) or "").partition("\n\n")[0].rstrip()
    return first.endswith((".", "!", "?", ":", "``", ")"))


def test_each_module_has_a_mirrored_test() -> None:
    wanted = [
        mirror_of(module)
        for module in modules()
        if module.name not in {"__init__.py", "__main__.py"}
        and module.as_posix() not in CONSTANTS_ONLY
    ]
    missing = [path for path in wanted if not (CHECKOUT / path).is_file()]
    assert [str(path) for path in missing] == [], "write these"
    empty = [path for path in wanted if not HAS_TEST.search(text_of(path))]
    assert [str(path) for path in empty] == [], "test something in these"


def test_public_names_are_documented() -> None:
    bare = {str(path): found for path in modules() if (found := list(undocumented(tree_of(path))))}
    assert bare == {}, "start each docstring with one sentence"


def test_files_stay_small() -> None:
    sizes = {
        str(path): text_of(path).count("\n") for path in written_files() if path.suffix == ".py"
    }
    assert {path: lines for path, lines in sizes.items() if lines > MAX_LINES} == {}


def test_nothing_is_left_unfinished() -> None:
    assert [str(path) for path in written_files() if UNFINISHED.search(text_of(path))] == []


def test_no_path_of_one_machine() -> None:
    assert [str(path) for path in written_files() if MACHINE_PATH.search(text_of(path))] == []


def test_no_tabs_but_in_the_makefile() -> None:
    tabbed = [path for path in written_files() if "\t" in text_of(path)]
    assert [str(path) for path in tabbed if path.name != "Makefile"] == []


def test_the_core_is_deterministic() -> None:
    impure = {
        str(path): sorted(found)
        for path in modules()
        if path.as_posix().startswith(CORE) and (found := IMPURE & set(imports_of(tree_of(path))))
    }
    assert impure == {}


def test_test_folders_are_packages() -> None:
    """Equal file names in different folders need packages to be told apart."""
    folders = {path.parent for path in (CHECKOUT / "tests").rglob("test_*.py")}
    assert [
        str(folder) for folder in sorted(folders) if not (folder / "__init__.py").is_file()
    ] == []


def test_the_rules_find_what_they_forbid() -> None:
    tree = ast.parse("import os.path\nfrom time import sleep\ndef f():\n    'no sentence'\n")
    assert set(imports_of(tree)) == {"os", "time"} <= IMPURE
    assert list(undocumented(tree)) == ["the module", "f (line 3)"]
    assert UNFINISHED.search("# TO" + "DO: later")
    assert MACHINE_PATH.search("open('/ho" + "me/me/x')")
    assert not MACHINE_PATH.search("https://host/home" + "page ~/work" + "/x")
    assert len(modules()) > 10
    assert mirror_of(Path("exchange/core/core.py")) == Path("tests/exchange/core/test_core.py")
