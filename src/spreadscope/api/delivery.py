"""The routes of delivery: channels, their tests, and the state of every message (``docs/api.md``)."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path, Response
from starlette.exceptions import HTTPException

from spreadscope import contract
from spreadscope.api.disk import Disk
from spreadscope.api.queries import Limit, NamePath
from spreadscope.api.routing import Routes
from spreadscope.app.alert_service import AlertService
from spreadscope.contract import DeliveryState, NotYet
from spreadscope.contract.bodies import LATEST
from spreadscope.contract.copying import copier
from spreadscope.guard.identity import ALERTS
from spreadscope.model.states import ChannelKind
from spreadscope.notify.channel import ChannelSpec
from spreadscope.notify.channel_worker import ChannelWorker
from spreadscope.notify.dispatcher import Dispatcher
from spreadscope.store.delivery.delivery_reader import ChannelCount, StoredDelivery

_delivery = copier(contract.Delivery, "rule_id", "subject", "time", "title")
_LARGEST_ID = (1 << 63) - 1
Number = Annotated[int, Path(json_schema_extra={"minimum": 1, "maximum": LATEST})]


def add_delivery(routes: Routes, alerting: AlertService, disk: Disk) -> None:
    """Add the routes."""
    delivery, alerts_file = alerting.delivery, alerting.file

    def delivery_answer(item: StoredDelivery) -> contract.Delivery:
        alert = item.alert
        return _delivery(
            item, rule_id=alert.rule_id, subject=alert.subject, time=alert.time, title=delivery.title(item)
        )

    @routes.get("/api/alerts/channels")
    async def get_channels(response: Response) -> list[contract.Channel]:
        await disk.await_for_read(response)
        counts = await delivery.count()
        return [
            channel_answer(spec, worker, counts.get(spec.name, ChannelCount())) for spec, worker in delivery.channels
        ]

    @routes.post("/api/alerts/channels/{name}/test", needs=ALERTS)
    async def post_test(name: NamePath) -> contract.Tested:
        if not any(spec.name == name for spec, _ in delivery.channels):
            raise HTTPException(404, f"there is no channel {name}: see {alerts_file.name}")
        answer = await delivery.test(name)
        if answer is None:
            raise HTTPException(409, f"the channel {name} is switched off: write enabled = true to use it")
        return contract.Tested(answer.ok, answer.message, answer.seconds)

    @routes.get("/api/alerts/deliveries")
    async def get_deliveries(
        response: Response, limit: Limit = 200, state: DeliveryState | None = None
    ) -> list[contract.Delivery]:
        await disk.await_for_read(response)
        return [delivery_answer(item) for item in await delivery.deliveries(limit, state)]

    @routes.post("/api/alerts/deliveries/{number}/retry", needs=ALERTS)
    async def post_retry(number: Number) -> contract.Delivery | NotYet[contract.Delivery]:
        await disk.require()
        item = await _require_retryable(delivery, number)
        delivery.retry(item)
        if not await disk.reached_for_reads():
            return await disk.answer_when_stored(delivery_answer(item))
        return await disk.answer_when_stored(delivery_answer(await delivery.delivery(number) or item))


async def _require_retryable(delivery: Dispatcher, number: int) -> StoredDelivery:
    """Returns a delivery that may be tried again. Raises ``HTTPException`` for any other."""
    item = await delivery.delivery(number) if 0 < number <= _LARGEST_ID else None
    if item is None:
        raise HTTPException(404, f"there is no delivery {number}")
    if item.state in {"sent", "sending"}:
        raise HTTPException(409, f"the delivery {number} is {item.state}: only what waits or was given up is retried")
    if delivery.worker(item.channel) is None:
        raise HTTPException(409, f"the channel {item.channel} is not there or switched off: see alerts.toml")
    return item


def channel_answer(spec: ChannelSpec, worker: ChannelWorker | None, count: ChannelCount) -> contract.Channel:
    """Returns a channel for the API. Its address is masked: only scheme and host of our own kinds are shown."""
    kind = ChannelKind(spec.kind)
    return contract.Channel(
        name=spec.name,
        kind=kind,
        address=worker.channel.address if worker is not None else "",
        enabled=spec.enabled,
        deduplicates=worker.channel.deduplicates if worker is not None else kind is not ChannelKind.SERVICE,
        sent=count.sent,
        failed=count.dead,
        waiting=count.waiting,
        last_sent=count.last_sent,
        last_error=count.last_error,
    )
