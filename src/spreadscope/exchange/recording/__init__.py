"""Recordings of what the exchange sent: read every known format, merge, write our own, rebuild aggregate trades.

Example::

    for frame in read_recording("session.ndjson.zst"):
        print(frame.received_ns, frame.payload)
"""

from spreadscope.exchange.recording.aggregate import AggTradeBuilder, BuiltAggregate, RecordedTrade
from spreadscope.exchange.recording.frame import RawFrame
from spreadscope.exchange.recording.recording_reader import merge_recordings, read_recording
from spreadscope.exchange.recording.recording_writer import RecordingWriter

__all__ = [
    "AggTradeBuilder",
    "BuiltAggregate",
    "RawFrame",
    "RecordedTrade",
    "RecordingWriter",
    "merge_recordings",
    "read_recording",
]
