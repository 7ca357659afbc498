"""Hedge models: each computes the hedge ratio, the spread and its z from prices. One module for each model, named in
``HedgeName``.

A new model is a line in ``model/hedge.py`` and a module here with a class ``Model`` (see ``model.HedgeModel``).
"""

from __future__ import annotations

from importlib import import_module

from spreadscope.model.config import AnalyticsConfig
from spreadscope.model.hedge import HedgeName
from spreadscope.pairs.hedge.model import Baseline, FittedLine, Hedge, HedgeModel, Prices

MODELS: dict[HedgeName, type[HedgeModel]] = {
    name: import_module(f"{__package__}.{name.value}").Model for name in HedgeName
}


def new_hedge_model(config: AnalyticsConfig) -> HedgeModel:
    """Returns a new model of the kind that the configuration trades."""
    return MODELS[config.hedge](config)


__all__ = ["MODELS", "Baseline", "FittedLine", "Hedge", "HedgeModel", "Prices", "new_hedge_model"]
