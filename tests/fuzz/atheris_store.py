"""``python -m tests.fuzz.atheris_store``: a damaged store is opened, or refused with a ``StoreError`` in one sentence.

Opening is what an engine and a reader do first: the directory, the source of the data, a ban that is remembered, the
writer's start, and ``open_store``.
"""

from __future__ import annotations

from pathlib import Path

from tests.fuzz.guided import changed, fuzz, instrumented, scratch

with instrumented():
    from spreadscope.store.command import watch_pair
    from spreadscope.store.directory import DATABASE, DataDirectory, banned_until, bind_source, remember_ban
    from spreadscope.store.frames import open_store
    from spreadscope.store.writer import StoreWriter

from spreadscope.model.config import StoreConfig
from spreadscope.model.errors import StoreError
from spreadscope.tape.tape import Tape
from tests.support.facts import PAIR, accepted, bar, row, signal, store
from tests.support.market import START


def template() -> bytes:
    """A small store with something in every table that opening reads."""
    with scratch() as folder:
        path = Path(folder)
        with store(path) as (writer, _):
            bind_source(path / DATABASE, "live", "https://fapi.binance.com")
            remember_ban(path / DATABASE, 5)
            writer.submit(*accepted(Tape("BTCUSDT"), [*range(10), *range(20, 30)]))
            writer.submit([bar(START), row(START), signal(START)], {})
            writer.command(watch_pair(PAIR))
        return (path / DATABASE).read_bytes()


WHOLE = template()


def any_store(raw: bytes) -> None:
    """The first byte says whether the rest is the file, or what is changed in a good one."""
    content = raw[1:] if raw[:1] == b"\xff" else changed(WHOLE, raw[1:])
    with scratch() as folder:
        path = Path(folder)
        (path / DATABASE).write_bytes(content)
        for opening in (reader, engine):
            try:
                opening(path)
            except StoreError as error:
                assert "\n" not in str(error)  # noqa: PT017 - the property is that nothing else comes


def reader(path: Path) -> None:
    open_store(path)


def engine(path: Path) -> None:
    with DataDirectory(path) as directory:
        assert banned_until(directory.database) >= 0
        bind_source(directory.database, "live", "https://fapi.binance.com")
        writer = StoreWriter(directory.database, StoreConfig())
        writer.start()
        writer.stop()


if __name__ == "__main__":
    header = [
        bytes([0, place, 0, 0, 0, value, 0]) for place in (0, 16, 18, 28, 44, 56, 60, 96, 100) for value in (0, 1, 127)
    ]
    fuzz("store", any_store, [b"\x00", b"\xff" + WHOLE[:200], b"\xff", b"\x00" + bytes([0, 9, 0, 0, 0, 255]), *header])
