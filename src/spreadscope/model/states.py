"""States and kinds that the engine, its interface and the pages name alike. Each list stands here once."""

from __future__ import annotations

from enum import StrEnum


class Mode(StrEnum):
    """The kind of source that the data come from."""

    LIVE = "live"
    DEMO = "demo"
    CUSTOM = "custom"
    RECORDING = "recording"


class ConnectionState(StrEnum):
    """What a connection to the exchange is doing."""

    CONNECTING = "connecting"
    CONNECTED = "connected"
    RECONNECTING = "reconnecting"
    CLOSED = "closed"


class SymbolState(StrEnum):
    """What is known of one symbol's stream."""

    WAITING = "waiting"
    OK = "ok"
    QUIET = "quiet"
    STALLED = "stalled"
    NEVER_DELIVERED = "never delivered"
    HALTED = "halted"
    SILENT = "silent"
    LAGGING = "lagging"


class Level(StrEnum):
    """How bad an alarm of the engine is."""

    ERROR = "error"
    WARNING = "warning"


class Caution(StrEnum):
    """Why an entry is worth less than its z says."""

    NO_EVIDENCE = "no evidence of cointegration"
    WRONG_SIGN = "β not above 0"
    TOO_SMALL = "move below fees"


class ChannelKind(StrEnum):
    """How a channel sends."""

    SERVICE = "service"
    WEBHOOK = "webhook"
    EMAIL = "email"


class GapState(StrEnum):
    """What is known of a hole in the ids."""

    OPEN = "open"
    FILLED = "filled"
    UPSTREAM = "upstream"
    PERMANENT = "permanent"


class BarOrigin(StrEnum):
    """What a bar was made from."""

    TAPE = "tape"
    KLINE = "kline"


class SignalState(StrEnum):
    """Which spread position the signal holds."""

    FLAT = "FLAT"
    LONG = "LONG"
    SHORT = "SHORT"


class Action(StrEnum):
    """What the signal says to do now."""

    BUY_SPREAD = "BUY_SPREAD"
    SELL_SPREAD = "SELL_SPREAD"
    EXIT = "EXIT"
    HOLD = "HOLD"


class PriceSource(StrEnum):
    """What a leg's price at the close of a bar is: the mid of the last quote, or the last trade.

    An earlier mid is of a quote inside the bar too, but no quote of the market's newer than the bar had come: a later one may have
    been on its way.
    """

    MID = "mid"
    EARLIER_MID = "earlier mid"
    LAST = "last"


class Cause(StrEnum):
    """Why a signal was given."""

    ENTRY = "entry"
    BACK_INSIDE = "back inside"
    STOP = "stop"
    TIME_STOP = "time stop"
    PAIR_REMOVED = "pair removed"

    @property
    def locks_out(self) -> bool:
        """Whether an exit for it keeps the pair from entering until ``|z|`` is below the entry threshold."""
        return self in {Cause.STOP, Cause.TIME_STOP}


class TermKind(StrEnum):
    """What a name of the rule language is of, or what it does."""

    PAIR = "pair"
    SYMBOL = "symbol"
    FUNCTION = "function"
    WORD = "word"


class DeliveryState(StrEnum):
    """Where a message stands: ``failed`` is tried again, ``dead`` was given up."""

    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    DEAD = "dead"


class ExportKind(StrEnum):
    """What can be exported."""

    TICKS = "ticks"
    BARS = "bars"
    ANALYTICS = "analytics"
    SIGNALS = "signals"
    ALERTS = "alerts"
