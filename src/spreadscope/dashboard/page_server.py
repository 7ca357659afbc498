"""The parts that ``st.App`` adds to Streamlit's server: engine, relay, socket of the tabs, downloads, editor proxy."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import msgspec
from starlette.middleware import Middleware
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketDisconnected
from streamlit import config

from spreadscope.contract import Request
from spreadscope.contract.messages import LARGEST_REQUEST
from spreadscope.dashboard import (
    component_assets,
    content_policy,
    deep_links,
    downloads,
    editor_proxy,
    page_exposure,
    playback_proxy,
    runbook_pages,
    sign_in,
)
from spreadscope.dashboard.engine_link import EngineLink
from spreadscope.dashboard.engine_process import EngineProcess
from spreadscope.dashboard.environment import Settings, SettingsError, load
from spreadscope.dashboard.live_protocol import decode_request
from spreadscope.dashboard.people import People
from spreadscope.dashboard.playback_relays import PlaybackRelays
from spreadscope.dashboard.provider_sign_in import ProviderSignIn
from spreadscope.dashboard.relay import Relay
from spreadscope.dashboard.sign_in_gate import SignInGate
from spreadscope.dashboard.tab_queue import Tab
from spreadscope.dashboard.untimely_runs import UntimelyRuns
from spreadscope.guard.body_limit import BoundedBodies
from spreadscope.guard.forwarded import ForwardedHeaders
from spreadscope.guard.identity import CALLBACK_PATH
from spreadscope.guard.middleware import Guard
from spreadscope.guard.peer import OwnPrograms

SCRIPT = Path(__file__).parent / "pages" / "main.py"
LIVE_PATH = "/live"
UPLOAD_PATH = "/_stcore/upload_file"
POLICY_VIOLATION = 1008
TRY_AGAIN_LATER = 1013


class PageServer:
    """The engine and the relay, shared by all tabs and by the page script."""

    def __init__(self, settings: Settings) -> None:
        self.engine = EngineProcess(settings)
        self.serves = False
        """Whether pages are served: from then on each run of the page script is somebody's."""
        self.link = link = EngineLink(self.engine)
        self.people = People(link)
        self.sign_in = sign_in.SignIn(self.people, deep_links.base_path())
        self.provider_sign_in = ProviderSignIn(self.people, deep_links.base_path())
        self.relay = Relay(link.address, lambda: self.engine.problem, link.own_headers)
        self.proxy = editor_proxy.EditorProxy(link.address, link.headers_of)
        self.playbacks = PlaybackRelays(link.address, lambda: self.engine.problem, link.own_headers)
        self.playback_proxy = playback_proxy.PlaybackProxy(link.address, link.headers_of)

    @asynccontextmanager
    async def lifespan(self, _app: object) -> AsyncIterator[None]:
        """Run engine and relay beside the pages, which are served at once, even without an engine."""
        self.serves = True
        async with asyncio.TaskGroup() as tasks:
            running = [tasks.create_task(part.run()) for part in (self.engine, self.relay, self.playbacks)]
            try:
                yield None
            finally:
                for task in running:
                    task.cancel()
                await self.proxy.close()

    def routes(self) -> list[BaseRoute]:
        return [
            WebSocketRoute(LIVE_PATH, self.live),
            Route(sign_in.PATH, self.sign_in.sign_in, methods=list(sign_in.METHODS)),
            Route(sign_in.PROVIDER_PATH, self.provider_sign_in.begin),
            Route(CALLBACK_PATH, self.provider_sign_in.complete),
            Route(sign_in.OUT_PATH, self.sign_in.sign_out, methods=list(sign_in.METHODS)),
            Route(downloads.PATH, downloads.handler(self.link.address, self.link.headers_of)),
            Route(downloads.JOB_PATH, downloads.job_handler(self.link.address, self.link.headers_of)),
            Route(component_assets.MODULE_PATH, component_assets.module),
            *(Route(path, deep_links.document) for path in deep_links.PATHS),
            Route(deep_links.FIRST_PAGE, deep_links.first_page),
            Route(runbook_pages.PATH, runbook_pages.page),
            Route(playback_proxy.PATH, self.playback_proxy.transport, methods=list(playback_proxy.METHODS)),
            Route(playback_proxy.MARKS_PATH, self.playback_proxy.marks),
            Route(editor_proxy.PATH, self.proxy.endpoint, methods=list(editor_proxy.METHODS)),
        ]

    def middleware(self) -> list[Middleware]:
        """Returns the middleware of all routes, also Streamlit's, which alone would accept any Host."""
        settings, elsewhere = self.engine.settings, page_exposure.listens_elsewhere()
        # Streamlit holds what is dropped on a page to `server.maxUploadSize` itself; a form adds a little to the file.
        most = int(config.get_option("server.maxUploadSize")) * 2**20 + 2**20
        uploads = {deep_links.base_path() + UPLOAD_PATH: most}
        return [
            Middleware(ForwardedHeaders, proxies=settings.trusted_proxies),
            Middleware(Guard, public=settings.public_addresses, policy=content_policy.policy()),
            Middleware(
                SignInGate,
                people=self.people,
                own=OwnPrograms(enabled=not elsewhere, proxies=settings.trusted_proxies),
                base=deep_links.base_path,
            ),
            Middleware(BoundedBodies, uploads=uploads),
            Middleware(component_assets.ComponentFiles),
            Middleware(UntimelyRuns),
        ]

    async def live(self, socket: WebSocket) -> None:
        """Serve the socket of one tab: receive and send at the same time, until one side ends it.

        ``?playback=ID`` is a tab of a playback, else it is of the live engine.
        """
        await socket.accept()
        tab = Tab()
        playback = socket.query_params.get("playback")
        relay = self.relay if playback is None else self.playbacks.get(playback)
        if relay is None:
            await socket.close(TRY_AGAIN_LATER, "there is no such playback, or too many are watched")
            return
        if not relay.join(tab):
            await socket.close(TRY_AGAIN_LATER, f"{relay.most_tabs} tabs are open already: close some")
            return
        send_task = asyncio.create_task(self._send(socket, tab, relay))
        try:
            await self._receive(socket, tab, relay)
        finally:
            send_task.cancel()
            with suppress(asyncio.CancelledError):
                await send_task
            await relay.leave(tab)

    async def _receive(self, socket: WebSocket, tab: Tab, relay: Relay) -> None:
        # A handler that never receives would not notice a closed tab, nor the server's shutdown.
        while True:
            try:
                request = _parse(await socket.receive_text())
            except (WebSocketDisconnect, WebSocketDisconnected):  # the second where the sending side saw it first
                return
            except (
                msgspec.MsgspecError,
                RecursionError,
                KeyError,
                UnicodeEncodeError,
            ):  # KeyError: a binary frame, which has no text
                await socket.close(POLICY_VIOLATION, "this is no request: send what docs/api.md says")
                return
            await relay.handle(tab, request)

    async def _send(self, socket: WebSocket, tab: Tab, relay: Relay) -> None:
        # The receiving side notices a closed tab too, and ends both.
        with suppress(WebSocketDisconnect, RuntimeError):
            while True:
                text = await tab.get()
                if text is None:
                    await relay.restart(tab)
                else:
                    await socket.send_text(text)


def _parse(text: str) -> Request:
    if len(text) > LARGEST_REQUEST:
        raise msgspec.ValidationError("too long")
    return decode_request(text)


_servers: list[PageServer] = []


def current_server() -> PageServer:
    """Returns the server of this process. The page script uses it to find the engine."""
    if not _servers:
        try:
            settings = load()
            page_exposure.check(settings, elsewhere=page_exposure.listens_elsewhere())
            _servers.append(PageServer(settings))
        except SettingsError as error:
            raise SystemExit(f"spreadscope dashboard: {error}") from None
    return _servers[0]
