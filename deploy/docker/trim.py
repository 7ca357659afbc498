"""Takes out of an environment what a running Spreadscope never reads: tests, headers, unused parts, symbols.

Run as ``python3 trim.py /opt/spreadscope``; needs ``strip`` of binutils. Prints what each step saves.
"""

from __future__ import annotations

import shutil
import struct
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

TESTED = ("numba", "numpy", "pandas", "pyarrow", "scipy", "streamlit", "llvmlite", "altair")
# Static libraries and headers are for those who compile against a package.
FOR_COMPILERS = ("pyarrow/include", "pyarrow/src", "numpy/_core/include", "numpy/_core/lib", "numba/cext")

# pyarrow's network server; the notebook widgets of a map library that Streamlit brings.
UNUSED_FILES = ("pyarrow/*flight*",)
UNUSED_FOLDERS = ("pydeck/nbextension/static",)

_LOADED = 1  # the kind of a segment that a loader maps


def main(environment: Path) -> None:
    """Trim the packages of ``environment``."""
    (packages,) = environment.glob("lib/python3*/site-packages")
    print(f"{_megabytes(packages):.0f} MB in {packages}")  # noqa: T201
    _remove("tests", (folder for name in TESTED for folder in (packages / name).rglob("tests") if folder.is_dir()))
    _remove("headers", (packages / name for name in FOR_COMPILERS))
    _remove("unused parts", [environment / "share", *(packages / name for name in UNUSED_FOLDERS)])
    for pattern in UNUSED_FILES:
        for path in packages.glob(pattern):
            path.unlink()
    _remove("compiled Python", packages.rglob("__pycache__"))
    before = _megabytes(packages)
    for library in [*packages.rglob("*.so"), *packages.rglob("*.so.*")]:
        if not library.is_symlink():
            _strip(library)
    print(f"  symbols: {before - _megabytes(packages):.0f} MB")  # noqa: T201
    print(f"{_megabytes(packages):.0f} MB are left")  # noqa: T201


def _remove(what: str, folders: Iterable[Path]) -> None:
    saved = 0.0
    for folder in list(folders):
        if folder.is_dir():
            saved += _megabytes(folder)
            shutil.rmtree(folder)
    print(f"  {what}: {saved:.0f} MB")  # noqa: T201


def _strip(library: Path) -> None:
    """Take the symbols out of a library, where it can be loaded afterwards.

    Libraries whose headers were rewritten when their wheel was made (patchelf) may come out of ``strip`` with
    segments that no loader takes.
    """
    stripped = library.with_name(f"{library.name}.stripped")
    done = subprocess.run(  # noqa: S603
        ["strip", "--strip-unneeded", "-o", str(stripped), str(library)],  # noqa: S607
        check=False,
        capture_output=True,
    )
    if done.returncode == 0 and _loadable(stripped.read_bytes()):
        stripped.chmod(library.stat().st_mode)
        stripped.replace(library)
    stripped.unlink(missing_ok=True)


def _loadable(elf: bytes) -> bool:
    """Whether each segment of a 64-bit library lies in the file as it does in memory, to the page."""
    if elf[:6] != b"\x7fELF\x02\x01":
        return False
    (first,), (size, count) = struct.unpack_from("<Q", elf, 32), struct.unpack_from("<HH", elf, 54)
    for place in range(first, first + size * count, size):
        (kind,) = struct.unpack_from("<I", elf, place)
        offset, address = struct.unpack_from("<QQ", elf, place + 8)
        (align,) = struct.unpack_from("<Q", elf, place + 48)
        if kind == _LOADED and (offset - address) % max(align, 1):
            return False
    return True


def _megabytes(folder: Path) -> float:
    return sum(path.lstat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6


if __name__ == "__main__":
    main(Path(sys.argv[1]))
