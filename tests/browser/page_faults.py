"""What a page must never do, noted while a test looks at it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from playwright.sync_api import ConsoleMessage, Page, Response


class Faults:
    """Everything a page must not do, as it is seen."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.seen: list[str] = []

    def watch(self, page: Page) -> Callable[[], None]:
        """Note what the page does. Returns what ends it."""
        listeners: list[tuple[Any, Callable[[Any], None]]] = [
            ("pageerror", lambda error: self.seen.append(f"page error: {error}")),
            ("console", self._said),
            ("requestfailed", self._failed),
            ("response", self._answered),
            ("request", lambda request: self._request(request.url)),
            ("websocket", lambda socket: self._request(socket.url.replace("ws:", "http:", 1))),
        ]
        for event, listener in listeners:
            page.on(event, listener)

        def end() -> None:
            for event, listener in listeners:
                page.remove_listener(event, listener)

        return end

    def forgive_lost_engine(self) -> None:
        """What is asked while no engine answers is answered with 503, which Chromium says as well."""
        self.seen = [each for each in self.seen if not each.startswith("503 ") and "status of 503" not in each]

    def _said(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.seen.append(f"console: {message.text}")

    def _answered(self, answer: Response) -> None:
        if answer.status >= 400:
            self.seen.append(f"{answer.status} {answer.url}")

    def _failed(self, request: Any) -> None:
        # A reload gives up the requests that are under way.
        if "ERR_ABORTED" not in (request.failure or ""):
            self.seen.append(f"failed: {request.url} {request.failure}")

    def _request(self, url: str) -> None:
        if not url.startswith((self.url, "data:", "blob:")):
            self.seen.append(f"a request to elsewhere: {url}")
