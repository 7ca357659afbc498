"""One attempt to send a message: every failure becomes a ``DeliveryError`` without a secret in it."""

from __future__ import annotations

import asyncio

from spreadscope.model.errors import DeliveryError
from spreadscope.notify.channel import Channel, Message
from spreadscope.notify.secret import Masker
from spreadscope.notify.template import one_line

_LONGEST = 500


async def send_once(channel: Channel, message: Message, seconds: float, masker: Masker) -> str:
    """Returns the masked answer of the channel. Raises ``DeliveryError``; without an answer in time it is uncertain."""

    def masked(text: str) -> str:
        return one_line(masker.mask(text))[:_LONGEST]

    try:
        async with asyncio.timeout(seconds):
            return masked(await channel.send(message, seconds))
    except TimeoutError:
        raise DeliveryError(f"no answer within {seconds:g} s", uncertain=True) from None
    except DeliveryError as error:
        raise DeliveryError(masked(str(error)), uncertain=error.uncertain, retry_after=error.retry_after) from None
    except Exception as error:  # noqa: BLE001 - an error inside a library is a failed attempt too
        raise DeliveryError(masked(f"{type(error).__name__}: {error}"), uncertain=True) from None
