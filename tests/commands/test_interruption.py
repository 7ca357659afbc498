"""Ctrl-C at any moment: status 130, no traceback, nothing left behind. And what ``python -m`` must not import."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import spreadscope
from spreadscope import isolation

# Interrupts itself when a module begins to be imported, or at the first call of something.
INTERRUPTING = """
import os, signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
class Finder:
    def find_spec(self, name, path=None, target=None):
        if name == {name!r}:
            os.kill(os.getpid(), signal.SIGINT)
sys.meta_path.insert(0, Finder())
sys.argv = ["spreadscope", *{arguments!r}]
from spreadscope.entry import main
main()
"""


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("typer", ["engine"]),
        ("numpy", ["engine"]),
        ("uvloop", ["engine", "--rest-url", "http://127.0.0.1:1"]),
        ("spreadscope.commands.demo", ["demo", "--no-browser"]),
        ("spreadscope.commands.doctor", ["doctor"]),
        ("polars", ["scan", "--bars", "nowhere.csv"]),
        ("spreadscope.commands.exporting", ["export", "bars", "--symbol", "A"]),
        ("spreadscope.commands.importing", ["import", "nowhere.csv"]),
    ],
)
def test_ctrl_c_while_something_is_loaded(name: str, arguments: list[str], tmp_path: Path) -> None:
    program = INTERRUPTING.format(name=name, arguments=arguments)
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False, cwd=tmp_path
    )
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")


def test_the_version() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "spreadscope", "--version"], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout) == (0, f"spreadscope {spreadscope.__version__}\n")


HOSTILE = ("typer", "msgspec", "httpx", "trio", "numpy", "client", "session", "structlog", "pydantic", "rich")


@pytest.fixture
def hostile(tmp_path: Path) -> Path:
    """A folder full of programs named like libraries and like parts of ours."""
    for name in HOSTILE:
        (tmp_path / f"{name}.py").write_text(f"raise SystemExit('imported {name} of the folder')\n")
    return tmp_path


def test_a_process_of_ours_imports_nothing_of_the_current_folder(hostile: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "spreadscope", "doctor", "--data", "nowhere"],
        capture_output=True, text=True, timeout=60, check=False, cwd=hostile,
    )  # fmt: skip
    assert "of the folder" not in done.stderr + done.stdout
    assert "there is no store" in done.stderr


@pytest.mark.parametrize("path", ["", ":", ":/somewhere", ".", "relative:/somewhere"])
def test_a_child_and_its_children_import_nothing_of_the_current_folder(
    hostile: Path, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", path)
    program = "import sys, subprocess; subprocess.run([sys.executable, '-m', 'runpy', 'client'])"
    for words in (["-m", "msgspec"], ["-m", "trio"], ["-c", program]):
        done = subprocess.run(
            [sys.executable, *words], capture_output=True, text=True, timeout=60, check=False, cwd=hostile,
            env=isolation.environment(),
        )  # fmt: skip
        assert "of the folder" not in done.stderr + done.stdout, (path, words)
