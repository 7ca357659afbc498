"""The examples in the docstrings are run."""

from __future__ import annotations

import doctest
import importlib
import pkgutil

import pytest

import spreadscope.performance
import spreadscope.stats
from spreadscope.trading import pair_pnl

MODULES = sorted(
    module.name for module in pkgutil.walk_packages(spreadscope.stats.__path__, prefix="spreadscope.stats.")
)


@pytest.mark.parametrize("name", [*MODULES, "spreadscope.performance", pair_pnl.__module__])
def test_the_examples_run(name: str) -> None:
    results = doctest.testmod(importlib.import_module(name), raise_on_error=False)
    assert results.failed == 0


def test_every_public_function_and_estimator_has_a_docstring_with_an_example_or_belongs_to_one() -> None:
    silent = []
    for name in spreadscope.stats.__all__:
        thing = getattr(spreadscope.stats, name)
        if not callable(thing) or name.endswith(("Result", "Row", "Fit")):
            continue
        if not (thing.__doc__ or "").strip():
            silent.append(name)
    assert silent == []
