"""The factory of channels from their description in the file."""

from __future__ import annotations

import ssl

from spreadscope.notify.address import Resolver, system_resolver
from spreadscope.notify.channel import Channel, ChannelSpec
from spreadscope.notify.secret import Masker
from spreadscope.notify.service import ServiceChannel
from spreadscope.notify.smtp import SmtpChannel
from spreadscope.notify.webhook import WebhookChannel

KINDS = ("service", "webhook", "email")


def make_channel(
    spec: ChannelSpec, masker: Masker, *, resolver: Resolver = system_resolver, tls: ssl.SSLContext | None = None
) -> Channel:
    """Returns a channel, after the masker has learnt its secrets. It blocks: never call it on the event loop.

    Raises ``ConfigError`` with one sentence where the address cannot be used.
    """
    masker.learn(spec.url)
    if spec.signing is not None:
        masker.learn(spec.signing)
    channel: WebhookChannel | SmtpChannel | ServiceChannel
    if spec.kind == "webhook":
        channel = WebhookChannel(spec, resolver=resolver, tls=tls)
    elif spec.kind == "email":
        channel = SmtpChannel(spec, tls=tls)
    else:
        channel = ServiceChannel(spec)
    masker.reveal(channel.public)
    return channel
