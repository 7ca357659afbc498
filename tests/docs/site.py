"""The programs that make the site, imported from ``scripts``, which is no package."""

from __future__ import annotations

import importlib.util
from types import ModuleType

from tests.docs.guide import ROOT


def _script(name: str) -> ModuleType:
    described = importlib.util.spec_from_file_location(name, ROOT / "scripts" / f"{name}.py")
    assert described is not None
    assert described.loader is not None
    module = importlib.util.module_from_spec(described)
    described.loader.exec_module(module)
    return module


check_site = _script("check_site")
site_hooks = _script("site_hooks")
site_versions = _script("site_versions")
