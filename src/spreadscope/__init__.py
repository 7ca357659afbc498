"""Spreadscope: a workstation for pairs trading on Binance USD-M futures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from spreadscope.store.frames import Store, open_store

__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    """The store is loaded when it is asked for: ``import spreadscope`` alone loads nothing else."""
    if name in {"Store", "open_store"}:
        from spreadscope.store import frames

        return getattr(frames, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


__all__ = ["Store", "__version__", "open_store"]
