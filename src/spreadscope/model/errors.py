"""Typed errors. Every message says what was wrong and what to do; the command line prints it as one line."""

from __future__ import annotations


class SpreadscopeError(Exception):
    """The base of every error that a user can cause or must know of. ``str(error)`` is one clear sentence."""


class ConfigError(SpreadscopeError):
    """A configuration key or value is wrong."""


class SymbolError(SpreadscopeError):
    """A symbol or a pair is malformed, unknown or given twice."""


class UnknownSymbolError(SymbolError):
    """A symbol or a pair is well formed but does not exist."""


class RepeatedError(SymbolError):
    """A symbol or a pair is named twice."""


class UnknownAccountError(SpreadscopeError):
    """There is no such paper account, or it has no such trade or decision."""


class StateError(ConfigError):
    """It cannot be done as things stand: it is so already, runs still, or is one too many."""


class BusyError(SpreadscopeError):
    """There is no room for one more: of jobs, or of files."""


class DecodeError(SpreadscopeError):
    """Bytes from the exchange are not what its protocol says. The raw frame goes to quarantine."""


class RecordingError(SpreadscopeError):
    """A recording is missing, truncated or in no known format."""


class StoreError(SpreadscopeError):
    """The data directory or the database cannot be used."""


class ExchangeError(SpreadscopeError):
    """The exchange refused a request or cannot be reached.

    ``code`` is the exchange's own code where it gave one; ``status`` is the HTTP status.
    """

    def __init__(self, message: str, *, code: int | None = None, status: int | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.status = status


class DeliveryError(SpreadscopeError):
    """A channel refused a message or cannot be reached. ``uncertain``: the message may have arrived all the same."""

    def __init__(self, message: str, *, uncertain: bool = False, retry_after: float = 0.0) -> None:
        super().__init__(message)
        self.uncertain = uncertain
        self.retry_after = retry_after


class StatisticsError(SpreadscopeError, ValueError):
    """Arguments of an estimator are wrong (shape, window below its minimum, ...)."""
