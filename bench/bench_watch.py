"""The watch list with 200 pairs at ten updates a second: frames of a tab, and what a tab costs the servers.

A synthetic exchange, the engine and the dashboard as processes, one tab in Chromium, and more tabs that only read.
Frame times are of the page's main thread, from the begin of a frame until it is painted; the interval between frames
says whether one was missed. Beside it the size of the whole state, as it would be sent in place of what changed.

    python -m bench watch          on seconds, where all cells of all pairs change once a second
"""

from __future__ import annotations

import asyncio
import itertools
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import msgspec
import websockets
from playwright.sync_api import Page, sync_playwright

from spreadscope.api.restating import forming
from spreadscope.model.timeframe import TIMEFRAMES, Timeframe
from tests.api.served import hub_of
from tests.browser.chromium import BROWSERS, FLAGS
from tests.browser.processes import Program, free_ports, start_dashboard
from tests.e2e.line import line, run, write_recording

PAIRS = 200
SYMBOLS = 24
RATE = 1_000  # messages a second of the exchange
SECONDS = 15.0
READERS = 10  # tabs that only read
WARM_SECONDS = 600.0  # at most, until windows are full: history of all pairs is stepped through first
TIMEFRAME = "1s"
# Shorter than the product's: the windows are full after a minute.
WINDOWS = {
    "SPREADSCOPE_TIMEFRAME": TIMEFRAME,
    "SPREADSCOPE_ANALYTICS__HEDGE_WINDOW": "60",
    "SPREADSCOPE_ANALYTICS__Z_WINDOW": "30",
}
_FOLLOWED = {201, 202, 409}  # statuses: from now on, not on disk yet, already
CLOCK_TICKS = os.sysconf("SC_CLK_TCK")

FRAMES = """(milliseconds) => new Promise((done) => {
  const work = [], intervals = [];
  const channel = new MessageChannel();
  let began = 0, last = 0;
  channel.port1.onmessage = () => work.push(performance.now() - began);
  const end = performance.now() + milliseconds;
  const frame = (now) => {
    if (last) intervals.push(now - last);
    last = now;
    if (now > end) { done({work, intervals}); return; }
    requestAnimationFrame(frame);
    // Asked for last, so that it is called after the page's own: what is left of the frame is style, layout and paint.
    began = now;
    channel.port2.postMessage(null);
  };
  requestAnimationFrame(frame);
})"""


class Stack:
    """Exchange, engine and dashboard; ``url`` is the page."""

    def __init__(self, folder: Path) -> None:
        port = str(free_ports(2))
        options = ["--seed", "7", "--symbols", str(SYMBOLS), "--rate", str(RATE), "--port", port]
        self.exchange = Program("exchange", folder, ["spreadscope", "exchange", "--json", *options])
        market = self.exchange.ready()
        pairs = ["/".join(pair) for pair in itertools.permutations(market["symbols"], 2)][:PAIRS]
        arguments = ["spreadscope", "engine", "--json", "--port", "0", "--data", str(folder / "data")]
        arguments += ["--rest-url", market["rest"], "--ws-url", market["ws"]]
        self.engine = Program("engine", folder, arguments, WINDOWS)
        self.api: str = self.engine.ready()["api"]
        self.dashboard, self.url = start_dashboard(folder, self.api)
        self.pairs = pairs

    def warm(self) -> None:
        """Follow the pairs, and wait until each has a z."""
        end = time.monotonic() + WARM_SECONDS
        # One after the other: each begins on history, whose rows the store must have before the next.
        for pair in self.pairs:
            while self._post(pair) not in _FOLLOWED:
                if time.monotonic() > end:
                    raise SystemExit("the engine takes no more pairs: the machine has too much to do")
                time.sleep(0.5)
        while time.monotonic() < end:
            with suppress(httpx.TransportError):
                pairs = httpx.get(f"{self.api}/api/pairs", timeout=30, trust_env=False).json()
                rows = [pair["rows"][TIMEFRAME] for pair in pairs]
                if len(rows) == PAIRS and all(row is not None and row["z"][0] is not None for row in rows):
                    return
            time.sleep(2)
        raise SystemExit(f"the pairs had no z after {WARM_SECONDS:.0f} s: the machine has too much to do")

    def _post(self, pair: str) -> int:
        return httpx.post(f"{self.api}/api/pairs", json={"pair": pair}, timeout=60, trust_env=False).status_code

    def stop(self) -> None:
        for program in (self.dashboard, self.engine, self.exchange):
            program.stop()

    def cpu(self) -> tuple[float, float]:
        """Seconds of processor that the engine and the dashboard have used."""
        return _cpu(self.engine.process.pid), _cpu(self.dashboard.process.pid)


def _cpu(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / CLOCK_TICKS


@contextmanager
def _stack() -> Iterator[Stack]:
    with tempfile.TemporaryDirectory() as folder:
        stack = Stack(Path(folder))
        try:
            yield stack
        finally:
            stack.stop()


def _share(stack: Stack, action: Any) -> tuple[float, float, Any]:
    """Returns the share of a core of engine and dashboard while ``action`` runs, and its result."""
    began, before = time.monotonic(), stack.cpu()
    result = action()
    lasted, after = time.monotonic() - began, stack.cpu()
    return (after[0] - before[0]) / lasted, (after[1] - before[1]) / lasted, result


async def _read(url: str, seconds: float) -> tuple[int, int, list[bytes]]:
    """One tab that only reads: the messages and bytes of its topic after the snapshot, and the messages."""
    address = url.replace("http", "ws", 1) + "/live"
    taken: list[bytes] = []
    async with websockets.connect(address, proxy=None, origin=websockets.Origin(url), max_size=None) as socket:
        topic = f"watch:{TIMEFRAME}"
        await socket.send(msgspec.json.encode({"op": "subscribe", "topic": topic, "ref": topic}).decode())
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            try:
                async with asyncio.timeout(left):
                    raw = await socket.recv(decode=False)
            except TimeoutError:
                break
            if topic.encode() in raw[:40]:
                taken.append(raw)
    return len(taken) - 1, sum(map(len, taken[1:])), taken


def _readers(url: str, count: int) -> list[tuple[int, int, list[bytes]]]:
    async def all_of_them() -> list[tuple[int, int, list[bytes]]]:
        return list(await asyncio.gather(*(_read(url, SECONDS) for _ in range(count))))

    return asyncio.run(all_of_them())


def _quantile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def _frames(stack: Stack, page: Page) -> None:
    page.goto(f"{stack.url}/watch")
    page.wait_for_function("window.__spreadscopeWatch?.updates > 20", timeout=60_000)
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})

    def metrics() -> dict[str, float]:
        return {each["name"]: each["value"] for each in session.send("Performance.getMetrics")["metrics"]}

    hooks, before = page.evaluate("({...window.__spreadscopeWatch})"), metrics()
    engine, dashboard, frames = _share(stack, lambda: page.evaluate(FRAMES, SECONDS * 1_000))
    after = metrics()
    now = page.evaluate("({...window.__spreadscopeWatch})")
    updates, cells = now["updates"] - hooks["updates"], now["cells"] - hooks["cells"]
    print(f"  {'updates a second':<30} {updates / SECONDS:8.1f}, cells written {cells / SECONDS:,.0f}")
    for name, what in (("work", "frame, main thread"), ("intervals", "interval of frames")):
        p50, p95, p99 = (_quantile(frames[name], share) for share in (0.5, 0.95, 0.99))
        print(f"  {what:<30} {p50:8.1f} ms p50, {p95:.1f} p95, {p99:.1f} p99, of {len(frames[name])}")
    for name in ("TaskDuration", "ScriptDuration", "LayoutDuration", "RecalcStyleDuration"):
        print(
            f"  {name:<30} {(after[name] - before[name]) * 1_000 / max(updates, 1):8.2f} ms an update, processor time"
        )
    print(f"  with this tab: engine {engine:.1%} of a core, dashboard {dashboard:.1%}")


async def _hub_cost(folder: Path) -> None:
    symbols = [f"S{number:02d}USDT" for number in range(SYMBOLS)]
    pairs = tuple("/".join(pair) for pair in itertools.permutations(symbols, 2))[:PAIRS]
    recording = write_recording(folder / "recording.txt", symbols=symbols, seconds=140, a_second=2)
    windows = {"hedge_window": 60, "z_window": 30, "correlation_window": 30}
    async with (
        line([recording], folder / "store", speed=2, symbols=(), pairs=pairs, analytics=windows) as (_, live),
        hub_of(live) as hub,
    ):
        await asyncio.sleep(45)
        core, spent, whole = live.core, dict.fromkeys(TIMEFRAMES, 0.0), 0.0
        topics = {timeframe: hub.watch[f"watch:{timeframe}"] for timeframe in TIMEFRAMES}
        for topic in topics.values():
            topic.forget = lambda: None  # type: ignore[method-assign]  # nobody subscribes here
            await topic.snapshot()
        for _ in range(80):
            await asyncio.sleep(0.1)
            for timeframe, topic in topics.items():
                began = time.thread_time()
                msgspec.json.encode(topic.changes())
                spent[timeframe] += (time.thread_time() - began) / 80
            began = time.thread_time()
            msgspec.json.encode([forming(core, pair, Timeframe.S1).live for pair in core.pairs])
            whole += (time.thread_time() - began) / 80
    print(f"a message of {PAIRS} pairs in the engine, all sockets, processor time (ten a second)")
    for timeframe, seconds in spent.items():
        print(f"  changes on {timeframe}: {seconds * 1e3:.2f} ms")
    print(f"  whole states: {whole * 1e3:.2f} ms")


def _hub() -> None:
    with tempfile.TemporaryDirectory() as folder:
        run(_hub_cost(Path(folder)))


def main() -> None:
    browser_path = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    if browser_path is None:
        print("left out: there is no Chromium on this machine")
        return
    _hub()
    with _stack() as stack:
        print(f"{PAIRS} pairs of {SYMBOLS} symbols, {RATE} messages a second, on {TIMEFRAME}", flush=True)
        stack.warm()
        engine, dashboard, _ = _share(stack, lambda: time.sleep(SECONDS))
        print(f"  without a tab: engine {engine:.1%} of a core, dashboard {dashboard:.1%}", flush=True)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=browser_path, args=FLAGS)
            _frames(stack, browser.new_page(viewport={"width": 1440, "height": 900}))
            browser.close()
        none = _share(stack, lambda: time.sleep(SECONDS))
        alone = _share(stack, lambda: _readers(stack.url, 1))
        many = _share(stack, lambda: _readers(stack.url, READERS))
        messages, size, taken = alone[2][0]
        whole, sent, more = 10 * len(taken[0]) / 1024, size / SECONDS / 1024, READERS - 1
        print(f"  {messages / SECONDS:.1f} messages a second a tab, {sent:,.0f} KiB; whole states: {whole:,.0f} KiB")
        print(f"  the first tab: engine {alone[0] - none[0]:+.1%} of a core, dashboard {alone[1] - none[1]:+.1%}")
        each = [(many[place] - alone[place]) / more for place in (0, 1)]
        print(f"  each of {more} more: engine {each[0]:+.2%}, dashboard {each[1]:+.2%}")


if __name__ == "__main__":
    sys.exit(main())
