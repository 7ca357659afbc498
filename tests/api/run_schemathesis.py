"""``make schemathesis``: the API against its own description, over a real engine on a local exchange.

Thousands of requests, valid and invalid, made from ``/openapi.json``; what is found ends it with a status other than 0.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path

import uvloop

from spreadscope.api.serve import bind, serving
from tests.e2e.line import line, until, write_recording

ROOT = Path(__file__).parents[2]
SYMBOLS = ("BTCUSDT", "ETHUSDT", "SOLUSDT")  # the description's examples name two of them


async def main(program: str, arguments: list[str]) -> int:
    """Start everything, run the program, and give its exit status."""
    with tempfile.TemporaryDirectory() as folder:
        recording = write_recording(Path(folder) / "r.txt", symbols=SYMBOLS, seconds=600, a_second=4)
        options = {"symbols": ("SOLUSDT",), "pairs": ("BTCUSDT/ETHUSDT",)}
        async with (
            line([recording], Path(folder) / "store", speed=10.0, **options) as (_, live),
            serving(live, bind("127.0.0.1", 0)) as url,
        ):
            await until(lambda: not live.starting)
            process = await asyncio.create_subprocess_exec(
                *(program, "run", f"{url}/openapi.json", "--checks", "all", "--continue-on-failure", *arguments),
                cwd=ROOT,
            )
            return await process.wait()


if __name__ == "__main__":
    sys.exit(uvloop.run(main(sys.argv[1], sys.argv[2:])))
