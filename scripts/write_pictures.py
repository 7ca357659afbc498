"""Write the picture of the live page in the docs from a demo. Run as ``python scripts/write_pictures.py``.

It starts a demo of its own, waits until there are figures and signals, and looks at the page in Chromium.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.browser.chromium import BROWSERS, FLAGS  # noqa: E402 - needs the path above

IMAGES = ROOT / "docs" / "images"
FULL = """() => { const host = [...document.querySelectorAll('[data-testid="stBidiComponentIsolated"]')]
    .find((each) => each.shadowRoot?.querySelector('.spreadscope'));
    return Boolean(host?.shadowRoot.querySelector('.kpi[data-key="z"]')?.dataset.value)
        && window.__spreadscope.signals > 2; }"""


def main() -> None:
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
            url = json.loads(said)["dashboard"]
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
                page = browser.new_page(viewport={"width": 1440, "height": 900}, color_scheme="dark")
                page.goto(f"{url}/?timeframe=1s")
                page.wait_for_function(FULL, timeout=240_000)
                page.wait_for_timeout(2_000)
                page.screenshot(path=IMAGES / "live.png")
                browser.close()
        finally:
            demo.terminate()
            demo.wait(30)


if __name__ == "__main__":
    main()
