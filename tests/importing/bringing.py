"""An import to its end, in the test's own process."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from spreadscope.importing.run import ImportResult, Options, import_file
from spreadscope.store.directory import DataDirectory
from spreadscope.store.import_target import ImportTarget


def bring(data: Path, *paths: Path, **options: Any) -> list[ImportResult]:
    with DataDirectory(data) as directory, ImportTarget(directory.database) as target:
        return [import_file(target, path, Options(**options)) for path in paths]
