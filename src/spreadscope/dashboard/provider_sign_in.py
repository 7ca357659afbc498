"""The two steps of a sign-in through a provider: a browser goes there, and comes back with a code.

What the provider is asked and what its answer is worth is the engine's to say. Here a cookie holds the two steps
together: who did not begin cannot complete. There is no address to go on to afterwards but the first page, so that a
link cannot lead elsewhere.
"""

from __future__ import annotations

from html import escape

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from spreadscope.contract import ProviderCompleteBody
from spreadscope.contract.access import LONGEST_ADDRESS, LONGEST_FLOW, LONGEST_PERSON, LONGEST_PROVIDER_CODE
from spreadscope.dashboard import sign_in
from spreadscope.dashboard.people import EngineSilentError, People, ProviderRefusedError
from spreadscope.guard.attempts import FailedAttempts
from spreadscope.guard.identity import CALLBACK_PATH

FLOW_COOKIE = "spreadscope_flow"
FLOW_SECONDS = 600
MOST_BEGUN = 30  # by an address within a minute
_LONGEST = {
    "state": LONGEST_FLOW, "code": LONGEST_PROVIDER_CODE, "error": LONGEST_PERSON, "iss": LONGEST_ADDRESS,
}  # fmt: skip
_SILENT = "The engine does not answer: try again in a moment."
_FORBIDDEN = 403


class ProviderSignIn:
    """The endpoints. What an address begins and what fails is counted, and after some it has to wait."""

    def __init__(self, people: People, base: str) -> None:
        self._people = people
        self._base = base
        self._begun = FailedAttempts(most=MOST_BEGUN)
        self._failed = FailedAttempts()

    async def begin(self, request: Request) -> Response:
        """Send the browser to the provider."""
        host = request.client.host if request.client else ""
        if (wait := self._begun.wait(host)) > 0:
            return self._wait(wait)
        self._begun.failed(host)
        page = request.url.replace(path=self._base + CALLBACK_PATH, query="", fragment="")
        try:
            begun = await self._people.begin_with_provider(str(page)[:LONGEST_ADDRESS])
        except EngineSilentError:
            return await self._page(503, _SILENT)
        except ProviderRefusedError as refused:
            return await self._page(refused.status, _sentence(refused))
        answer = RedirectResponse(begun.address, 303, headers={"Cache-Control": "no-store"})
        answer.set_cookie(
            FLOW_COOKIE,
            begun.flow,
            max_age=FLOW_SECONDS,
            path=self._base + CALLBACK_PATH,
            secure=request.url.scheme == "https",
            httponly=True,
            samesite="lax",  # the provider's page leads back here
        )
        return answer

    async def complete(self, request: Request) -> Response:
        """Sign the browser in with what the provider gave it."""
        host = request.client.host if request.client else ""
        if (wait := self._failed.wait(host)) > 0:
            return self._wait(wait)
        told = {name: request.query_params.getlist(name) for name in _LONGEST}
        flow = request.cookies.get(FLOW_COOKIE, "")
        if any(len(given) > 1 or len("".join(given)) > _LONGEST[name] for name, given in told.items()):
            return await self._page(400, "This is no answer of a provider.")
        if not 0 < len(flow) <= LONGEST_FLOW or not told["state"]:
            self._failed.failed(host)
            return await self._page(403, "This sign-in was not begun in this browser: begin again.")
        body = ProviderCompleteBody(
            flow=flow,
            state="".join(told["state"]),
            code="".join(told["code"]),
            error="".join(told["error"]),
            issuer="".join(told["iss"]),
            peer=host[:LONGEST_PERSON],
            program=request.headers.get("user-agent", "")[:300],
        )
        try:
            signed_in = await self._people.sign_in_with_provider(body)
        except EngineSilentError:
            answer: Response = await self._page(503, _SILENT)
        except ProviderRefusedError as refused:
            if refused.status == _FORBIDDEN:
                self._failed.failed(host)
            answer = await self._page(refused.status, _sentence(refused))
        else:
            answer = self._signed_in()
            sign_in.keep_session(answer, request, self._base, signed_in.token)
        answer.delete_cookie(FLOW_COOKIE, path=self._base + CALLBACK_PATH, httponly=True, samesite="lax")
        return answer

    def _signed_in(self) -> HTMLResponse:
        """Returns a page that goes on by itself. A redirect would be a part of the way from the provider's page, on
        which a browser does not send a cookie that is for our own pages alone (SameSite=Strict)."""
        home = escape(self._base + "/")
        answer = sign_in.document(
            "Signed in",
            f'<p>You are signed in. <a href="{home}">Open the page</a>.</p>',
            200,
            head=f'<meta http-equiv="refresh" content="0;url={home}">',
        )
        answer.headers["Referrer-Policy"] = "no-referrer"  # this address has a code in it
        return answer

    async def _page(self, status: int, problem: str) -> HTMLResponse:
        answer = sign_in.page(self._base, status=status, problem=problem, provider=await self._people.provider())
        answer.headers["Referrer-Policy"] = "no-referrer"
        return answer

    def _wait(self, seconds: float) -> HTMLResponse:
        answer = sign_in.page(self._base, status=429, problem=f"Too many attempts: wait {seconds:.0f} s.")
        answer.headers["Retry-After"] = str(max(1, round(seconds)))
        return answer


def _sentence(refused: ProviderRefusedError) -> str:
    text = str(refused)
    return f"{text[:1].upper()}{text[1:]}."
