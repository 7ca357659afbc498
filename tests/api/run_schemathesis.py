"""``make schemathesis``: the API against its own description, over a real engine on a local exchange.

Thousands of requests, valid and invalid, made from ``/openapi.json``; what is found ends it with a status other than 0.
Once as the account that runs the engine, and once as somebody who shows nothing: then every answer is a refusal.
(With a key the tool would try wrong ones too, and have to wait as anybody who guesses.)
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from contextlib import ExitStack, redirect_stderr
from io import StringIO
from pathlib import Path

import httpx
import uvloop

from spreadscope import log_setup
from spreadscope.api.serve import bind, serving
from spreadscope.model.states import LogFormat, LogLevel
from tests.e2e.line import line, until, write_recording

ROOT = Path(__file__).parents[2]
SYMBOLS = ("BTCUSDT", "ETHUSDT", "SOLUSDT")  # the description's examples name two of them


async def main(program: str, arguments: list[str]) -> int:
    """Start everything, run the program, and give its exit status."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        recording = write_recording(Path(folder) / "r.txt", symbols=SYMBOLS, seconds=600, a_second=4)
        options = {"symbols": ("SOLUSDT",), "pairs": ("BTCUSDT/ETHUSDT",)}
        async with (
            line([recording], Path(folder) / "store", speed=10.0, **options) as (_, live),
            serving(live, bind("127.0.0.1", 0)) as url,
        ):
            await until(lambda: not live.starting)
            # The description is read by the account that runs the engine; a Via makes somebody else of it.
            description = Path(folder) / "openapi.json"
            async with httpx.AsyncClient(trust_env=False) as client:
                description.write_bytes((await client.get(f"{url}/openapi.json")).content)
            strange = ("--header", "Via: 1.1 elsewhere")
            # Without a key what is valid is refused too, before anything is looked at.
            refused = ("--exclude-checks", "positive_data_acceptance,missing_required_header,unsupported_method")
            statuses = []
            # What the engine logs at the levels that the tool sets would hide what the tool finds.
            log_setup.set_up(LogLevel.ERROR, LogFormat.TEXT)
            stack.enter_context(redirect_stderr(StringIO()))
            asked: tuple[tuple[str, ...], ...] = ((), (*strange, *refused))
            for flags in asked:
                process = await asyncio.create_subprocess_exec(
                    *(program, "run", str(description), "--url", url, "--checks", "all", "--continue-on-failure"),
                    *flags,
                    *arguments,
                    cwd=ROOT,
                )
                statuses.append(await process.wait())
            return max(statuses)


if __name__ == "__main__":
    sys.exit(uvloop.run(main(sys.argv[1], sys.argv[2:])))
