"""The pages of the dashboard. A new one is a module here with a ``page()``, and its name in ``PAGES``."""

#: Modules of the pages in the order of the navigation; each but the first has its own address, which is its name.
PAGES = (
    "live",
    "watch",
    "portfolio",
    "risk",
    "scanner",
    "lab",
    "backtest",
    "alerts",
    "data",
    "statistics",
    "replay",
    "settings",
)
