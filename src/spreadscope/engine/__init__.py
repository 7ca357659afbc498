"""The pure core: events in, facts out. No I/O, no clock, no logging."""

from spreadscope.engine.core import Engine
from spreadscope.engine.digest import FactsDigest

__all__ = ["Engine", "FactsDigest"]
