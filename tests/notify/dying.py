"""A process that fires alerts and delivers them, made to be killed.

``python -m tests.notify.dying DATA MODE ADDRESS...``: the addresses are of a webhook, a mail server and a service. MODE
is ``fire`` (alerts are entered, nothing is sent), ``send`` (what is there is sent) or ``both`` (alerts without end,
sent as they come).
"""

from __future__ import annotations

import asyncio
import itertools
import sys
from pathlib import Path

from tests.notify.rig import alert, mail, quick, rig, service, webhook

FIRED = 5


async def main(data: Path, mode: str, hook: str, box: str, topic: str) -> None:
    specs = [webhook(hook, per_minute=600), mail(box, per_minute=600), service(topic, per_minute=600)]
    config = quick(timeout_seconds=30.0)
    async with rig(data, *specs, config=config) as it:
        if mode == "fire":
            for _, lane in it.dispatcher.channels:
                assert lane is not None
                lane.retire()
            it.fire(*map(alert, range(FIRED)))
        await it.writer.flush()
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        first = len(it.rows) // 3
        for number in itertools.count(first) if mode == "both" else []:
            it.fire(alert(number))
            await asyncio.sleep(0.02)
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), *sys.argv[2:]))
