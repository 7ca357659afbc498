"""The pages to sign in and out: without a script, so that they work before anything else of ours is loaded.

A link is opened by whoever previews it (mail servers, chat programs): so opening it only shows a button, and the button
uses the code.
"""

from __future__ import annotations

from html import escape
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from spreadscope.dashboard.engine_link import SESSION_COOKIE
from spreadscope.dashboard.people import EngineSilentError, NotSignedInError, People
from spreadscope.guard.attempts import FailedAttempts

PATH = "/sign-in"
PROVIDER_PATH = "/sign-in/provider"
OUT_PATH = "/sign-out"
METHODS = ("GET", "POST")
LARGEST_FORM = 2_048
LONGEST_CODE = 200
POLICY = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
_HEADERS = {"Content-Security-Policy": POLICY, "Cache-Control": "no-store"}
_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:34em;margin:12vh auto;padding:0 1em;background:#0d1218;"
    "color:#e6ebf0}button,.button{display:inline-block;font:inherit;text-decoration:none;padding:.5em 1.2em;border:0;"
    "border-radius:6px;background:#3fa7c9;color:#0d1218}a:not(.button){color:#62a8f0}.problem{color:#ef5f6b}"
    "code{background:#18212b;padding:.1em .3em}"
)
_HOW = (
    "<p>You are not signed in. Whoever runs this Spreadscope makes a link for you, on the machine on which it runs:</p>"
    "<p><code>spreadscope access link --name Ada</code></p>"
    "<p>The link works once, and for some minutes. Open it in this browser.</p>"
    '<p>Did you come here by a link from elsewhere though you are signed in? <a href="{base}/">Open the page</a>.</p>'
)


def page(base: str, *, status: int, code: str = "", problem: str = "", provider: str = "") -> HTMLResponse:
    """Returns the page: a button where there is a code, else how to get one; and a button of the provider."""
    said = f'<p class="problem">{escape(problem)}</p>' if problem else ""
    if provider and not code:
        # A link: a browser holds what a form leads to, to this server's own pages.
        said += f'<p><a class="button" href="{escape(base + PROVIDER_PATH)}">Sign in with {escape(provider)}</a></p>'
    if code:
        body = (
            f"<p>This link signs this browser in.</p>{_form(base + PATH, 'Sign in', code)}"
            "<p>It works once. If you did not expect it, close the page.</p>"
        )
    else:
        body = _HOW.format(base=escape(base))
    return document("Sign in", said + body, status)


class SignIn:
    """The endpoints. Failures of an address are counted, and after some it has to wait."""

    def __init__(self, people: People, base: str, attempts: FailedAttempts | None = None) -> None:
        self._people = people
        self._base = base
        self._attempts = attempts or FailedAttempts()

    async def sign_in(self, request: Request) -> Response:
        """Show the button of a link, or use its code."""
        if request.method != "POST":
            code = request.query_params.get("code", "")
            provider = "" if code else await self._people.provider()
            return page(self._base, status=200, code=code if len(code) <= LONGEST_CODE else "", provider=provider)
        host = request.client.host if request.client else ""
        if (wait := self._attempts.wait(host)) > 0:
            answer = page(self._base, status=429, problem=f"Too many attempts failed: wait {wait:.0f} s.")
            answer.headers["Retry-After"] = str(max(1, round(wait)))
            return answer
        code = await _code(request)
        if not 0 < len(code) <= LONGEST_CODE:
            return page(self._base, status=400, problem="There is no code in what was sent.")
        try:
            signed_in = await self._people.sign_in(code, host, request.headers.get("user-agent", ""))
        except NotSignedInError:
            self._attempts.failed(host)
            return page(self._base, status=403, problem="This link is used up or too old: ask for a new one.")
        except EngineSilentError:
            return page(self._base, status=503, problem="The engine does not answer: try again in a moment.")
        done = RedirectResponse(self._base + "/", 303)
        keep_session(done, request, self._base, signed_in.token)
        return done

    async def sign_out(self, request: Request) -> Response:
        """Show the button, or end the sign-in of this browser."""
        if request.method != "POST":
            return document("Sign out", _form(self._base + OUT_PATH, "Sign out", ""), 200)
        problem = ""
        if (token := request.cookies.get(SESSION_COOKIE)) is not None:
            try:
                await self._people.sign_out(token)
            except EngineSilentError:
                problem = "The engine does not answer: this browser forgets the sign-in, but it is not ended yet."
        said = f'<p class="problem">{problem}</p>' if problem else "<p>You are signed out.</p>"
        answer = document("Sign out", said, 200)
        answer.delete_cookie(SESSION_COOKIE, path=self._base or "/", httponly=True, samesite="strict")
        return answer


def keep_session(answer: Response, request: Request, base: str, token: str) -> None:
    """Let the browser keep a session, for this server alone."""
    answer.set_cookie(
        SESSION_COOKIE,
        token,
        expires=None,
        max_age=60 * 60 * 24 * 400,  # the engine says when it is over
        path=base or "/",
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="strict",
    )


def _form(action: str, label: str, code: str) -> str:
    hidden = f'<input type="hidden" name="code" value="{escape(code)}">' if code else ""
    return f'<form method="post" action="{escape(action)}">{hidden}<button>{label}</button></form>'


def document(title: str, body: str, status: int, head: str = "") -> HTMLResponse:
    """Returns a page of ours without a script. ``body`` and ``head`` are HTML."""
    return HTMLResponse(
        f'<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"{head}<title>Spreadscope: {title}</title><style>{_STYLE}</style><h1>Spreadscope</h1>{body}</html>",
        status,
        headers=_HEADERS,
    )


async def _code(request: Request) -> str:
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_FORM:
            return ""
    try:
        values = parse_qs(body.decode("ascii", "replace"), max_num_fields=4).get("code", [])
    except ValueError:  # more fields than a form of ours has
        return ""
    return values[0] if len(values) == 1 else ""
