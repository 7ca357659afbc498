"""What the coverage-guided fuzzers share: their folder of inputs, and the start of atheris.

Each program allows the documented errors alone; any other exception ends it with the input that did it. Run them with
``make fuzz``: atheris is no dependency of the tests, for it has no wheel for every Python.
"""

from __future__ import annotations

import hashlib
import importlib.util
import sys
import tempfile
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from pathlib import Path

import atheris


def fuzz(name: str, check: Callable[[bytes], None], seeds: Iterable[bytes]) -> None:
    """Never returns: atheris ends the process, with status 0 when its time (``-max_total_time=60``) is over.

    What it finds worth keeping stays in a folder of the system's temporary ones, and so does an input that fails.
    """
    folder = Path(tempfile.gettempdir()) / "spreadscope-fuzz" / name
    corpus = folder / "corpus"
    corpus.mkdir(parents=True, exist_ok=True)
    for seed in seeds:
        (corpus / hashlib.sha256(seed).hexdigest()[:16]).write_bytes(seed)
    arguments = [
        sys.argv[0],
        str(corpus),
        f"-artifact_prefix={folder}/",
        "-timeout=30",
        "-len_control=0",
        "-max_len=4096",
        *sys.argv[1:],
    ]
    atheris.Setup(arguments, check)
    atheris.Fuzz()


def instrumented() -> AbstractContextManager[None]:
    """Inside it what is imported of the product tells the fuzzer which branches are taken, but for the numba kernels.

    They are compiled from their bytecode, which has to stay as it is.
    """
    spec = importlib.util.find_spec("spreadscope")
    assert spec is not None
    assert spec.origin is not None
    root = Path(spec.origin).parent
    kernels = [
        ".".join(path.relative_to(root.parent).with_suffix("").parts)
        for path in root.rglob("*.py")
        if "njit" in path.read_text(encoding="utf-8")
    ]
    hook: AbstractContextManager[None] = atheris.instrument_imports(include=["spreadscope"], exclude=kernels)
    return hook


def scratch() -> tempfile.TemporaryDirectory[str]:
    """A folder in memory where there is one: on a disk most of the time goes into waiting for it."""
    memory = Path("/dev/shm")  # noqa: S108 - a folder of its own is made in it
    return tempfile.TemporaryDirectory(prefix="spreadscope-fuzz-", dir=memory if memory.is_dir() else None)


def changed(original: bytes, edits: bytes) -> bytes:
    """A file that is nearly right.

    Every six bytes put one byte at a place, or cut the file there (when the last is 255).

    Places are read as 32 bits, modulo the length: most bytes of a file that is only random are never looked at.
    """
    data = bytearray(original)
    for start in range(0, len(edits) - 5, 6):
        if not data:
            break
        place = int.from_bytes(edits[start : start + 4], "little") % len(data)
        if edits[start + 5] == 255:
            del data[place:]
        else:
            data[place] = edits[start + 4]
    return bytes(data)
