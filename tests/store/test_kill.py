"""A writer killed at any instant leaves a store whose ledger says exactly what it holds."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from spreadscope.store.directory import DATABASE, DataDirectory, connect
from spreadscope.store.trades import trade_blocks
from spreadscope.store.trades.block_check import wrong_blocks
from spreadscope.store.trades.block_merging import SMALL
from tests.support import blocks

WRITER = """
import random, sys
from pathlib import Path
from spreadscope.model.config import StoreConfig
from spreadscope.store.trades import block_merging
from spreadscope.store.directory import DataDirectory
from spreadscope.store.writer import StoreWriter
from spreadscope.tape.tape import Tape
from tests.support.facts import accepted

dice = random.Random(int(sys.argv[2]))
block_merging.MAX_SMALL = int(sys.argv[3])
with DataDirectory(Path(sys.argv[1])) as directory:
    writer = StoreWriter(directory.database, StoreConfig(batch_rows=40, flush_seconds=0.001))
    writer.start()
    tapes = {symbol: Tape(symbol) for symbol in ("BTCUSDT", "ETHUSDT")}
    ready = False
    while True:
        if not ready and writer.written_rows > 3000:
            ready = True
            print("ready", flush=True)
        tape = tapes[dice.choice(sorted(tapes))]
        facts = []
        first = (tape.ledger.last or 0) + 1 + dice.choice([0, 0, 0, 3])
        for _ in range(dice.randint(1, 3)):
            ids = range(first, first + dice.randint(1, 60))
            first = ids.stop
            facts += accepted(tape, ids)[0]
        holes = tape.ledger.holes()
        if holes and dice.random() < 0.3:
            facts += accepted(tape, [dice.choice(holes).first])[0]
        writer.submit(facts, {tape.symbol: tape.ledger.ranges})
        while writer.pending_rows > 2000:
            pass
"""


def runs(ids: list[int]) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    for number in ids:
        if found and found[-1][1] == number - 1:
            found[-1] = (found[-1][0], number)
        else:
            found.append((number, number))
    return found


@pytest.mark.parametrize("most_small", [3, 64])
@pytest.mark.parametrize("seed", range(3))
def test_the_ledger_after_sigkill(tmp_path: Path, seed: int, most_small: int) -> None:
    """With few small blocks allowed nearly every transaction merges some."""
    root = Path(__file__).parents[2]
    child = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(tmp_path), str(seed), str(most_small)],
        stdout=subprocess.PIPE,
        cwd=root,
        env=os.environ | {"PYTHONPATH": f"{root / 'src'}{os.pathsep}{root}"},
    )
    try:
        assert child.stdout is not None
        assert child.stdout.readline() == b"ready\n"
        with pytest.raises(subprocess.TimeoutExpired):
            child.wait(random.Random(seed).uniform(0.02, 0.35))
    finally:
        child.send_signal(signal.SIGKILL)
        child.wait()
        assert child.stdout is not None
        child.stdout.close()
    with DataDirectory(tmp_path):  # the next engine takes the lock and the store opens
        connection = connect(tmp_path / DATABASE, read_only=True)
        try:
            assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            for (symbol_id,) in connection.execute("SELECT symbol_id FROM symbols").fetchall():
                ids = blocks.rows(connection, symbol_id)[0].tolist()
                assert list(wrong_blocks(connection, symbol_id)) == []
                assert sum(block.rows < SMALL for block in trade_blocks.blocks(connection, symbol_id)) < most_small
                ledger = connection.execute(
                    "SELECT first, last FROM ledger WHERE symbol_id = ? ORDER BY first", (symbol_id,)
                )
                assert ledger.fetchall() == runs(ids)
        finally:
            connection.close()
