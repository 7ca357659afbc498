"""The sign-ins that have begun and wait for the provider's answer: each is good once, for some minutes."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections import OrderedDict
from dataclasses import dataclass, field

from spreadscope.app.oidc.oidc_errors import TokenError
from spreadscope.model.clock import Clock

MINUTES = 10
MOST = 1_000
_BYTES = 32
_NANO_A_MINUTE = 60 * 10**9


@dataclass(frozen=True, slots=True)
class PendingSignIn:
    """What only we know of a sign-in: ``state`` comes back by the browser, ``nonce`` in the ID token, and ``verifier``
    (PKCE, RFC 7636) shows the provider that whoever has the code is who began."""

    begun_ns: int
    state: str = field(default_factory=lambda: secrets.token_urlsafe(_BYTES), repr=False)
    nonce: str = field(default_factory=lambda: secrets.token_urlsafe(_BYTES), repr=False)
    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(_BYTES), repr=False)

    @property
    def challenge(self) -> str:
        """Returns the challenge of the verifier by S256.

        >>> verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"  # RFC 7636, appendix B
        >>> PendingSignIn(0, verifier=verifier).challenge
        'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM'
        """
        return base64.urlsafe_b64encode(hashlib.sha256(self.verifier.encode()).digest()).rstrip(b"=").decode()


class PendingSignIns:
    """The sign-ins that wait, by the hash of what the browser keeps. Their number is bounded: the oldest is dropped."""

    def __init__(self, clock: Clock, most: int = MOST) -> None:
        self._clock = clock
        self._most = most
        self._waiting: OrderedDict[bytes, PendingSignIn] = OrderedDict()

    def __len__(self) -> int:
        return len(self._waiting)

    def begin(self) -> tuple[str, PendingSignIn]:
        """Returns what the browser keeps, and what we do."""
        flow = secrets.token_urlsafe(_BYTES)
        made = PendingSignIn(self._clock.monotonic_ns())
        self._waiting[_digest(flow)] = made
        while len(self._waiting) > self._most:
            self._waiting.popitem(last=False)
        return flow, made

    def take(self, flow: str, state: str) -> PendingSignIn:
        """Returns a sign-in, which cannot be taken again. Raises ``TokenError``."""
        found = self._waiting.pop(_digest(flow), None)
        if found is None or self._clock.monotonic_ns() - found.begun_ns > MINUTES * _NANO_A_MINUTE:
            raise TokenError(
                f"this sign-in is used up, was begun more than {MINUTES} minutes ago or in another browser: begin again"
            )
        if not hmac.compare_digest(found.state.encode(), state.encode("utf-8", "replace")):
            raise TokenError("the provider's answer belongs to another sign-in (its state is not ours): begin again")
        return found


def _digest(flow: str) -> bytes:
    return hashlib.sha256(flow.encode("utf-8", "replace")).digest()
