"""The tree of errors that a developer catches is drawn once, and nothing is missing from it."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from rag import errors

ROOT = Path(errors.__file__).parent
OWN = {
    name: kind for name, kind in vars(errors).items() if isinstance(kind, type) and issubclass(kind, errors.RagError)
}


def defined_elsewhere() -> dict[str, Path]:
    """Classes below `RagError` in the other modules, by name."""
    found, known = dict[str, Path](), set(OWN)
    for path in ROOT.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef) and {ast.unparse(base).split(".")[-1] for base in node.bases} & known:
                found[node.name] = path
    return {name: path for name, path in found.items() if path.name != "errors.py"}


def test_the_tree_names_every_error_below_its_parent() -> None:
    drawn, parents = dict[str, str](), list[str]()
    for line in (errors.__doc__ or "").splitlines():
        if match := re.match(r"([│ ]*)(?:[├└]── )?(\w+Error|[A-Z]\w+)(?:  +|$| )", line):
            depth = line.index(match[2]) // 4
            if depth or match[2] == "RagError":
                parents[depth:] = [match[2]]
                drawn[match[2]] = parents[depth - 1] if depth else "Exception"
    assert drawn == {name: kind.__bases__[0].__name__ for name, kind in OWN.items()}


def test_an_error_that_is_defined_elsewhere_is_named_with_its_module() -> None:
    elsewhere = defined_elsewhere()
    assert elsewhere, "the search finds nothing"
    for name, path in elsewhere.items():
        module = ".".join(path.relative_to(ROOT.parent).with_suffix("").parts)
        assert re.search(rf"`{name}`[^.]* in\s+`{re.escape(module)}`", errors.__doc__ or ""), f"{name} of {module}"


@pytest.mark.parametrize("name", sorted(OWN))
def test_every_error_says_when_it_is_raised(name: str) -> None:
    assert OWN[name].__doc__
