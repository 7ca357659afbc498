"""Where compiled kernels are kept: in the package, else the user's folder, else nowhere."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import llvmlite.binding  # type: ignore[import-untyped]
import pytest

from spreadscope import isolation, jit


@pytest.fixture
def user_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "spreadscope" / "kernels"


def closed(path: Path) -> Path:
    """A place where nobody can make a folder, root included."""
    path.write_text("a file")
    return path


def test_the_package_keeps_them_where_it_is_writable(tmp_path: Path, user_cache: Path) -> None:
    assert jit.kernel_folder(tmp_path, "") == tmp_path / "stats" / "__pycache__"
    assert not user_cache.exists()


def test_a_named_folder_goes_before_the_package(tmp_path: Path) -> None:
    assert jit.kernel_folder(tmp_path, str(tmp_path / "named")) == tmp_path / "named"


@pytest.mark.skipif(sys.platform != "linux", reason="the user's folder is named by XDG_CACHE_HOME on Linux alone")
def test_the_users_folder_stands_in_for_a_package_that_is_not_writable(tmp_path: Path, user_cache: Path) -> None:
    assert jit.kernel_folder(closed(tmp_path / "package"), "") == user_cache


def test_there_is_none_where_no_folder_is_writable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(closed(tmp_path / "home")))
    if sys.platform == "linux":
        assert jit.kernel_folder(closed(tmp_path / "package"), "") is None
    assert jit.kernel_folder(tmp_path, str(closed(tmp_path / "named"))) is None


def test_kernels_are_compiled_and_compute_without_any_folder(tmp_path: Path) -> None:
    program = (
        "from spreadscope import jit; from spreadscope.tape.ledger import consecutive; import numpy as np; "
        "print(jit.FOLDER, consecutive(np.arange(3)))"
    )
    environment = {**isolation.environment(), "NUMBA_CACHE_DIR": str(closed(tmp_path / "named"))}
    ran = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=False, cwd=tmp_path
    )
    assert (ran.returncode, ran.stdout.split()) == (0, ["None", "True"]), ran.stderr


def test_a_marker_names_the_processor(tmp_path: Path) -> None:
    from spreadscope.commands import compile_kernels

    marker = compile_kernels._marker_file(tmp_path)
    assert marker.parent == tmp_path
    assert llvmlite.binding.get_host_cpu_name() in marker.name
    assert os.sep not in marker.name
