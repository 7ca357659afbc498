"""Hedge models: how the ratio of the legs, the spread and its z are made from prices. One module a model, named in ``HedgeName``.

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


def hedge_model(config: AnalyticsConfig) -> HedgeModel:
    """The model that the configuration trades, new."""
    return MODELS[config.hedge](config)


__all__ = ["MODELS", "Baseline", "FittedLine", "Hedge", "HedgeModel", "Prices", "hedge_model"]
