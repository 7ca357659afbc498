"""One attempt to send: whatever goes wrong in it is a ``DeliveryError`` without a secret in it."""

from __future__ import annotations

import asyncio

from spreadscope.model.errors import DeliveryError
from spreadscope.notify.channel import Channel, Message
from spreadscope.notify.secret import Masker
from spreadscope.notify.template import one_line

_LONGEST = 500


async def attempt(channel: Channel, message: Message, seconds: float, masker: Masker) -> str:
    """→ the channel's answer, masked. Raises ``DeliveryError``; no answer in time is uncertain."""

    def told(text: str) -> str:
        return one_line(masker.mask(text))[:_LONGEST]

    try:
        async with asyncio.timeout(seconds):
            return told(await channel.send(message, seconds))
    except TimeoutError:
        raise DeliveryError(f"no answer within {seconds:g} s", uncertain=True) from None
    except DeliveryError as error:
        raise DeliveryError(told(str(error)), uncertain=error.uncertain, retry_after=error.retry_after) from None
    except Exception as error:  # noqa: BLE001 - a library's own mistake is a failed attempt, and no more
        raise DeliveryError(told(f"{type(error).__name__}: {error}"), uncertain=True) from None
