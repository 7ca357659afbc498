"""Limits and waits are handed over as settings.

A constant that a test overwrites is a setting that nobody else can make.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
CONSTANT = re.compile(r"_*[A-Z][A-Z0-9_]*")
WAIT = re.compile(r"(.*\.)?asyncio\.(sleep|timeout)")
SETTINGS = re.compile(r"_?(limits|waits|pauses|retries)")
PATCHING = {"setattr", "patch", "object"}
# Where no setting would do: the file, and why.
EXCEPTIONS = {
    "bench/bench_stats.py": "the matrices of another library's filter have capital letters for names",
    "tests/clients/with_python_binance.py": "another library's addresses are constants of its classes",
    "tests/test_settings.py": "its examples",
}


def overwritten(source: str) -> Iterator[str]:
    """What a file overwrites that should be handed over: constants, the settings of a part, and the waits of asyncio.

    Programs that a test keeps as text are read too.
    """
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Call(func=ast.Attribute(attr=name) | ast.Name(id=name), args=given) if name in PATCHING:
                words = [each.value if isinstance(each, ast.Constant) else ast.unparse(each) for each in given[:2]]
                path = ".".join(map(str, words if name in {"setattr", "object"} and len(given) > 2 else words[:1]))
                if CONSTANT.fullmatch(path.rpartition(".")[2]) or WAIT.fullmatch(path):
                    yield path
            case ast.Assign(targets=targets):
                yield from (path for target in targets for path in _assigned(target))
            case ast.AnnAssign(target=target) | ast.AugAssign(target=target):
                yield from _assigned(target)
            case ast.Constant(value=str(text)) if "\n" in text:
                yield from _in_a_program(text)


def _assigned(target: ast.expr) -> Iterator[str]:
    if isinstance(target, ast.Tuple | ast.List):
        for each in target.elts:
            yield from _assigned(each)
    elif isinstance(target, ast.Attribute) and ast.unparse(target.value) not in {"self", "cls"}:
        names = CONSTANT, SETTINGS
        yield from (ast.unparse(target) for name in names if name.fullmatch(target.attr))


def _in_a_program(text: str) -> Iterator[str]:
    try:
        ast.parse(text)
    except SyntaxError:
        return
    yield from overwritten(text)


@pytest.mark.parametrize(
    "source",
    [
        'monkeypatch.setattr(module, "_LOOK_SECONDS", 0.1)',
        'monkeypatch.setattr("spreadscope.app.archiver._LOOK_SECONDS", 0.1)',
        'with monkeypatch.context() as patch:\n    patch.setattr(archiver.module, "LIMIT", 1)',
        'setattr(module, "MOST_2", 1)',
        'mock.patch("spreadscope.app.archiver.MOST", 1)',
        'mock.patch.object(archiver, "MOST", 1)',
        "before, module.MOST = module.MOST, 6",
        "module._MOST = 6",
        "module.MOST += 6",
        "module.MOST: int = 6",
        "live.store.writer.limits = QUICK",
        "live.tasks._pauses = QUICK",
        "self.live.store.writer.limits = QUICK",
        'monkeypatch.setattr(asyncio, "sleep", at_once)',
        'monkeypatch.setattr("spreadscope.tasks.asyncio.sleep", at_once)',
        'PROGRAM = """\nimport module\nmodule.MOST = 6\n"""',
    ],
)
def test_what_is_overwritten_is_seen(source: str) -> None:
    assert len(list(overwritten(source))) == 1


@pytest.mark.parametrize(
    "source",
    [
        'monkeypatch.setattr(StoreWriter, "_write", wrong)',
        'monkeypatch.setattr(recordings, "Recorder", Silent)',
        'monkeypatch.setenv("PATH", "/bin")',
        'mock.patch.object(sys, "argv", words)',
        "self.limits = limits",
        "MOST = 6",
        "limits = QUICK",
        'TEXT = """\nthree words here\n"""',
    ],
)
def test_what_is_not_overwritten_is_not_seen(source: str) -> None:
    assert list(overwritten(source)) == []


def test_limits_and_waits_are_settings_that_a_test_hands_over() -> None:
    found = {
        path.relative_to(ROOT).as_posix(): paths
        for folder in ("tests", "bench", "scripts")
        for path in sorted((ROOT / folder).rglob("*.py"))
        if (paths := list(overwritten(path.read_text(encoding="utf-8"))))
    }
    assert found.keys() == EXCEPTIONS.keys(), found
