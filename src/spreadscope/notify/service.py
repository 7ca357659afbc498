"""The channel to every service that apprise knows: Telegram, Discord, Slack, ntfy, the desktop, and many more.

Apprise is slow to import, so it is imported for the first such channel. It sends in a thread.
"""

from __future__ import annotations

import logging
from typing import Any

from spreadscope.model.errors import ConfigError, DeliveryError
from spreadscope.notify.channel import ChannelSpec, Message
from spreadscope.notify.secret import MASK
from spreadscope.notify.template import one_line
from spreadscope.notify.thread import SerialThreadCalls

# Plain web requests follow redirects and go to any address: our own webhook does neither.
_WEB = frozenset({"http", "https", "json", "jsons", "xml", "xmls", "form", "forms"})
_MAIL = frozenset({"mailto", "mailtos"})
_NEVER_CONNECTED = (
    *("NewConnectionError", "NameResolutionError", "ConnectTimeoutError", "SSLError", "Unable to connect to proxy"),
    *("Connection refused", "Temporary failure in name resolution"),
)
_SHOWN = 300


class ServiceChannel:
    """A channel through apprise. Raises ``ConfigError`` for an unknown address. No service can recognise a repeat."""

    deduplicates = False

    def __init__(self, spec: ChannelSpec) -> None:
        self._scheme = spec.url.reveal().partition("://")[0].strip().lower()
        self._apprise = _load(spec, self._scheme)
        self._thread = SerialThreadCalls(f"service-{spec.name}")

    @property
    def address(self) -> str:
        return f"{self._scheme}://{MASK}"

    @property
    def public(self) -> tuple[str, ...]:
        """Empty: in an apprise address every part may be a token."""
        return ()

    async def send(self, message: Message, seconds: float) -> str:
        return await self._thread.run(lambda: self._send(message), seconds)

    def _send(self, message: Message) -> str:
        import apprise

        kinds = {"critical": apprise.NotifyType.FAILURE, "info": apprise.NotifyType.INFO}
        result = self._apprise.notify(
            title=message.title,
            body=message.body,
            notify_type=kinds.get(message.severity, apprise.NotifyType.WARNING),
            body_format=apprise.NotifyFormat.TEXT,
            log_level=logging.DEBUG,
        )
        if result:
            return "accepted"
        entries = list(result.logs())
        errors = [entry.message for entry in entries if entry.level in {"WARNING", "ERROR", "CRITICAL"}]
        log_text = " ".join(entry.message for entry in entries)
        connection_error = any(
            word in log_text for word in ("onnection error", "ocket Exception", "imeout", "imed out")
        )
        never_connected = any(word in log_text for word in _NEVER_CONNECTED)
        reason = one_line("; ".join(errors))[:_SHOWN] or "it did not say why"
        raise DeliveryError(
            f"the service did not take it: {reason}", uncertain=connection_error and not never_connected
        )


def _load(spec: ChannelSpec, scheme: str) -> Any:
    where = f"channel {spec.name!r}"
    if scheme in _MAIL:
        raise ConfigError(
            f'{where}: e-mail is kind = "email" here, with an address smtps://…: its repeats can be recognised'
        )
    import apprise

    asset = apprise.AppriseAsset(service_timeout=0, secure_logging=True, app_id="Spreadscope", app_desc="Spreadscope")
    try:
        service = apprise.Apprise.instantiate(spec.url.reveal(), asset=asset, suppress_exceptions=False)
    except Exception as error:  # noqa: BLE001 - its plugins raise what they like, in texts that may hold the address
        raise ConfigError(f"{where}: apprise cannot use its address ({type(error).__name__})") from None
    kind = "" if service is None else type(service).__name__
    if scheme in _WEB and kind in {"", "NotifyJSON", "NotifyXML", "NotifyForm"}:
        raise ConfigError(f'{where}: for a plain web request use kind = "webhook", with an address https://…')
    if service is None:
        raise ConfigError(f"{where}: apprise does not know its address: see docs/delivery.md for the forms there are")
    # The worker applies the limit a minute. A pause inside apprise would count as missing answer.
    service.request_rate_per_sec = 0
    sender = apprise.Apprise(asset=asset)
    sender.add(service)
    return sender
