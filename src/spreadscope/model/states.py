"""States and kinds that the engine, the API and the page share."""

from __future__ import annotations

from enum import StrEnum


class Mode(StrEnum):
    """The kind of the data's source."""

    LIVE = "live"
    DEMO = "demo"
    CUSTOM = "custom"
    RECORDING = "recording"
    REPLAY = "replay"


class ConnectionState(StrEnum):
    """The state of a connection to the exchange."""

    CONNECTING = "connecting"
    CONNECTED = "connected"
    RECONNECTING = "reconnecting"
    CLOSED = "closed"


class SymbolState(StrEnum):
    """The state of one symbol's stream."""

    WAITING = "waiting"
    OK = "ok"
    QUIET = "quiet"
    STALLED = "stalled"
    NEVER_DELIVERED = "never delivered"
    HALTED = "halted"
    SILENT = "silent"
    LAGGING = "lagging"


class Level(StrEnum):
    """The level of an alarm of the engine."""

    ERROR = "error"
    WARNING = "warning"


class Caution(StrEnum):
    """A caution against an entry."""

    NO_EVIDENCE = "no evidence of cointegration"
    WRONG_SIGN = "β not above 0"
    TOO_SMALL = "move below fees"


class ChannelKind(StrEnum):
    """The way in which a channel sends."""

    SERVICE = "service"
    WEBHOOK = "webhook"
    EMAIL = "email"


class GapState(StrEnum):
    """The state of a hole in the ids."""

    OPEN = "open"
    FILLED = "filled"
    UPSTREAM = "upstream"
    PERMANENT = "permanent"


class BarOrigin(StrEnum):
    """The data from which a bar was made."""

    TAPE = "tape"
    KLINE = "kline"


class SignalState(StrEnum):
    """The spread position of a signal."""

    FLAT = "FLAT"
    LONG = "LONG"
    SHORT = "SHORT"


class Action(StrEnum):
    """The action of a signal."""

    BUY_SPREAD = "BUY_SPREAD"
    SELL_SPREAD = "SELL_SPREAD"
    EXIT = "EXIT"
    HOLD = "HOLD"


class PriceSource(StrEnum):
    """The source of a leg's price at the close of a bar: the mid of the last quote, or the last trade.

    An earlier mid is also of a quote inside the bar, but no quote later than the bar had come from any symbol yet: a
    later quote of this bar may still have been on its way.
    """

    MID = "mid"
    EARLIER_MID = "earlier mid"
    LAST = "last"


class Cause(StrEnum):
    """The reason for a signal."""

    ENTRY = "entry"
    BACK_INSIDE = "back inside"
    STOP = "stop"
    TIME_STOP = "time stop"
    PAIR_REMOVED = "pair removed"
    PARAMETERS_CHANGED = "parameters changed"

    @property
    def locks_out(self) -> bool:
        """Returns whether an exit for this reason prevents an entry until ``|z|`` is below the entry threshold."""
        return self in {Cause.STOP, Cause.TIME_STOP}


class LimitState(StrEnum):
    """How much of a limit of a paper account is used."""

    OFF = "off"
    OK = "ok"
    NEAR = "near"
    BROKEN = "broken"


class SettingKind(StrEnum):
    """What the value of a configuration key is."""

    SWITCH = "switch"
    WHOLE = "whole number"
    NUMBER = "number"
    CHOICE = "choice"
    WINDOW = "rows or time"
    TEXT = "text"
    LIST = "list"
    TABLE = "table"


class SettingSource(StrEnum):
    """Where the value of a configuration key is from, the strongest first."""

    COMMAND_LINE = "command line"
    ENVIRONMENT = "environment"
    FILE = "file"
    DEFAULT = "default"


class TermKind(StrEnum):
    """The kind of a name in the rule language."""

    PAIR = "pair"
    SYMBOL = "symbol"
    FUNCTION = "function"
    WORD = "word"


class DeliveryState(StrEnum):
    """The state of a message: ``failed`` is tried again, ``dead`` is not."""

    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    DEAD = "dead"


class ExportKind(StrEnum):
    """The kind of data that can be exported."""

    TICKS = "ticks"
    BARS = "bars"
    ANALYTICS = "analytics"
    SIGNALS = "signals"
    ALERTS = "alerts"
    FILLS = "fills"
    MONEY = "money"
    PAIR_TRADES = "pair-trades"
    DECISIONS = "decisions"
    EQUITY = "equity"

    @property
    def of_account(self) -> bool:
        """Whether it is of a paper account."""
        return self in {
            ExportKind.FILLS,
            ExportKind.MONEY,
            ExportKind.PAIR_TRADES,
            ExportKind.DECISIONS,
            ExportKind.EQUITY,
        }


class ExportFormat(StrEnum):
    """The file formats of an export."""

    CSV = "csv"
    NDJSON = "ndjson"
    PARQUET = "parquet"
    ARROW = "arrow"


class JobState(StrEnum):
    """The state of a job."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class ScanSource(StrEnum):
    """Where the closes of a scan come from."""

    STORED = "stored"
    FILES = "files"
    EXCHANGE = "exchange"


class PlaybackState(StrEnum):
    """The state of a playback's transport."""

    PLAYING = "playing"
    SEEKING = "seeking"
    PAUSED = "paused"
    ENDED = "ended"
    FAILED = "failed"


class TransportOperation(StrEnum):
    """What can be done with a playback's transport."""

    PLAY = "play"
    PAUSE = "pause"
    STEP = "step"
    SEEK = "seek"
    SPEED = "speed"
    NEXT = "next"
    PREVIOUS = "previous"


class MarkKind(StrEnum):
    """What a mark of a playback is about."""

    SIGNAL = "signal"
    ALERT = "alert"


class RunState(StrEnum):
    """The state of a playback's process."""

    STARTING = "starting"
    READY = "ready"
    FAILED = "failed"


class Runbook(StrEnum):
    """The pages that say what to do about an alarm (``dashboard/runbook``)."""

    ENGINE_DOWN = "engine-down"
    NOT_READY = "not-ready"
    EXCHANGE_SILENT = "exchange-silent"
    CONNECTION_DOWN = "connection-down"
    SYMBOL_SILENT = "symbol-silent"
    SYMBOL_LATE = "symbol-late"
    HOLES_OPEN = "holes-open"
    FRAMES_REJECTED = "frames-rejected"
    QUEUE_FILLING = "queue-filling"
    LOOP_LATE = "loop-late"
    DISK_LOW = "disk-low"
    WRITER_FAILING = "writer-failing"
    ARCHIVE_FAILING = "archive-failing"
    REST_WEIGHT = "rest-weight"
    EXCHANGE_BAN = "exchange-ban"
    CLOCK_OFF = "clock-off"
    DELIVERY_FAILING = "delivery-failing"
    ALERTS_FILE = "alerts-file"
    PAIR_FAULTED = "pair-faulted"
    PROGRAM_FAULT = "program-fault"
    KILL_SWITCH = "kill-switch"
    MARGIN = "margin"
    TRADE_FAILED = "trade-failed"


class LogLevel(StrEnum):
    """From which level on the engine logs."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class LogFormat(StrEnum):
    """How a line of the log is written: for people, or as JSON for programs."""

    TEXT = "text"
    JSON = "json"
