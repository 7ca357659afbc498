"""Write the pictures of pages in the docs from a demo. Run as ``python scripts/write_pictures.py``.

It starts a demo of its own, waits until there are figures and signals, opens paper trades, runs a scan, and
looks at the pages in Chromium. Give names of pages to write these alone: ``live portfolio risk scanner``.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright

from spreadscope.client import Client
from spreadscope.contract import OpenTradeBody, Timeframe

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.browser.chromium import BROWSERS, FLAGS  # noqa: E402 - needs the path above

IMAGES = ROOT / "docs" / "images"
FULL = """() => { const host = [...document.querySelectorAll('[data-testid="stBidiComponentIsolated"]')]
    .find((each) => each.shadowRoot?.querySelector('.spreadscope'));
    return Boolean(host?.shadowRoot.querySelector('.kpi[data-key="z"]')?.dataset.value)
        && window.__spreadscope.signals > 2; }"""
#: By page, what is there when it has something to show.
SHOWN = {
    "portfolio": "Pair trades: 4 open",
    "risk": "Exposures",
    "scanner": "tests at 5%",
}


def main(wanted: list[str]) -> None:
    path = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "spreadscope", "demo", "--json", "--no-browser", "--seed", "7", "--port", "0"]
        ready = Path(folder) / "ready.json"
        with ready.open("w") as out:
            demo = subprocess.Popen([*command, "--data", f"{folder}/data"], stdout=out, cwd=ROOT)
        try:
            while "\n" not in (said := ready.read_text()):
                if demo.poll() is not None:
                    raise SystemExit("the demo did not start: see its message above")
                time.sleep(0.2)
            addresses = json.loads(said)
            url = addresses["dashboard"]
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
                page = browser.new_page(viewport={"width": 1440, "height": 900}, color_scheme="dark")
                page.goto(f"{url}/?timeframe=1s")
                page.wait_for_function(FULL, timeout=240_000)
                page.get_by_text("Demo runs").first.wait_for(timeout=120_000)  # nothing on it is old
                for name in wanted:
                    if name != "live":
                        show(page, url, addresses["api"], name)
                    page.screenshot(path=IMAGES / f"{name}.png")
                    make_smaller(IMAGES / f"{name}.png")
                browser.close()
        finally:
            demo.terminate()
            demo.wait(30)


def make_smaller(picture: Path) -> None:
    """Keep 192 colours: nobody sees the difference, and a picture is half as large."""
    with Image.open(picture) as shot:
        few = shot.convert("RGB").quantize(192, dither=Image.Dither.NONE)
    few.save(picture, optimize=True)


def show(page: Page, url: str, api: str, name: str) -> None:
    """Bring a page to where there is something to see."""
    if name == "portfolio":
        with Client(api) as engine:
            for number, pair in enumerate(engine.status().pairs[:4]):
                side = -1 if number % 2 else 1
                engine.open_paper_trade("paper", OpenTradeBody(pair=pair, timeframe=Timeframe.S1, side=side, stop=50.0))
    page.goto(f"{url}/{name}")
    if name == "scanner":
        page.get_by_role("button", name="Scan", exact=True).click(timeout=60_000)
    page.get_by_text(SHOWN[name]).first.wait_for(timeout=120_000)
    page.wait_for_timeout(5_000)  # tables and canvases are drawn after their headings


if __name__ == "__main__":
    main(sys.argv[1:] or ["live", *SHOWN])
