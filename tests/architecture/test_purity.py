"""Pure code stays pure: what it imports, and what its folds may not do."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PURE = [
    *(ROOT / "domain").rglob("*.py"),
    *(ROOT / "projections").rglob("*.py"),
    ROOT / "scheduler" / "sweep.py",
]
FOLDS = {"evolve", "delta"}
MARKS = {"upon", "upon_all_but"}
IMPURE = {"now", "utcnow", "today", "time", "uuid1", "uuid4", "urandom"}
WANTED = {"domain", "projections", "scheduler", "pydantic", "pydantic_core", *sys.stdlib_module_names}


def imports(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0]


def is_fold(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether *function* folds: by its name, or because it is marked as what an aggregate does upon an event."""
    calls = [each.func for each in function.decorator_list if isinstance(each, ast.Call)]
    marks = {each.id for each in calls if isinstance(each, ast.Name)}
    return function.name in FOLDS or not marks.isdisjoint(MARKS)


def impurities(tree: ast.AST) -> Iterator[str]:
    """Yield what a fold in *tree* does that a fold may not; an abstract one may refuse to be called."""
    for fold in ast.walk(tree):
        if isinstance(fold, ast.FunctionDef | ast.AsyncFunctionDef) and is_fold(fold):
            for node in ast.walk(fold):
                match node:
                    case ast.Raise(exc=ast.Name(id="NotImplementedError")):
                        pass
                    case ast.Raise():
                        yield f"{fold.name} raises in line {node.lineno}"
                    case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)) if name in IMPURE:
                        yield f"{fold.name} calls {name} in line {node.lineno}"
                    case _:
                        pass


@pytest.mark.parametrize("path", PURE, ids=lambda path: str(path.relative_to(ROOT)))
def test_pure_code_imports_the_standard_library_and_pydantic_alone(path: Path):
    assert set(imports(ast.parse(path.read_text()))) <= WANTED


@pytest.mark.parametrize("path", PURE, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_fold_never_refuses_and_reads_no_clock(path: Path):
    assert list(impurities(ast.parse(path.read_text()))) == []


@pytest.mark.parametrize(
    "line",
    [
        "raise ValueError",
        "raise ValueError('no')",
        "x = datetime.now(UTC)",
        "x = date.today()",
        "x = uuid4()",
    ],
)
@pytest.mark.parametrize(
    "fold",
    [
        "def evolve(self, event):",
        "@upon(Closed)\n def _end(self, event):",
        "@upon_all_but()\n def _end(self):",
    ],
)
def test_an_impure_fold_is_seen(fold: str, line: str):
    assert list(impurities(ast.parse(f"class A:\n {fold}\n  if event:\n   {line}")))


def test_a_framework_is_seen():
    assert set(imports(ast.parse("def f():\n import sqlalchemy.orm"))) - WANTED == {"sqlalchemy"}
