"""Routes of delivery: the channels, a test of each, and what became of every message (``docs/api.md``)."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import FastAPI, Path, Query, Response
from starlette.exceptions import HTTPException

from spreadscope.api.description import answers, changes
from spreadscope.api.disk import Disk
from spreadscope.api.queries import LATEST, NamePath
from spreadscope.notify.channel import ChannelSpec
from spreadscope.notify.lane import Lane
from spreadscope.runtime.live import LiveEngine
from spreadscope.store.deliveries import ChannelCount, Delivery

Json = dict[str, Any]
Limit = Annotated[int, Query(ge=1, le=10_000)]
State = Literal["waiting", "sending", "sent", "failed", "dead"]

_DELIVERY = ("id", "channel", "state", "attempts", "next_at", "error", "sent_at", "maybe_repeated")
_LARGEST_ID = (1 << 63) - 1
Number = Annotated[int, Path(json_schema_extra={"minimum": 1, "maximum": LATEST})]


def add_delivery(app: FastAPI, live: LiveEngine, disk: Disk) -> None:
    """Add the routes."""
    delivery = live.delivery

    def shape(item: Delivery) -> Json:
        alert = item.alert
        return {
            **{name: getattr(item, name) for name in _DELIVERY},
            "rule_id": alert.rule_id,
            "subject": alert.subject,
            "time": alert.time,
            "title": delivery.title(item),
        }

    @app.get("/api/alerts/channels", responses=answers("channel", many=True))
    async def get_channels(response: Response) -> list[Json]:
        await disk.note(response)
        counts = await delivery.count()
        return [channel(spec, lane, counts.get(spec.name, ChannelCount())) for spec, lane in delivery.channels]

    @app.post("/api/alerts/channels/{name}/test", responses=answers("tested"))
    async def post_test(name: NamePath) -> Json:
        if not any(spec.name == name for spec, _ in delivery.channels):
            raise HTTPException(404, f"there is no channel {name}: see {live.alert_file.path.name}")
        answer = await delivery.test(name)
        if answer is None:
            raise HTTPException(409, f"the channel {name} is switched off: write enabled = true to use it")
        return {"ok": answer.ok, "message": answer.message, "seconds": answer.seconds}

    @app.get("/api/alerts/deliveries", responses=answers("delivery", many=True))
    async def get_deliveries(response: Response, limit: Limit = 200, state: State | None = None) -> list[Json]:
        await disk.note(response)
        return [shape(item) for item in await delivery.deliveries(limit, state)]

    @app.post("/api/alerts/deliveries/{number}/retry", responses=changes("delivery", 200), response_model=None)
    async def post_retry(number: Number) -> Response:
        await disk.require()
        item = await _waiting(live, number)
        live.delivery.retry(item)
        if not await disk.reached():
            return await disk.kept(shape(item), 200)
        return await disk.kept(shape(await live.delivery.delivery(number) or item), 200)


async def _waiting(live: LiveEngine, number: int) -> Delivery:
    """A delivery that may be tried anew."""
    item = await live.delivery.delivery(number) if 0 < number <= _LARGEST_ID else None
    if item is None:
        raise HTTPException(404, f"there is no delivery {number}")
    if item.state in {"sent", "sending"}:
        raise HTTPException(409, f"the delivery {number} is {item.state}: only what waits or was given up is retried")
    if live.delivery.lane(item.channel) is None:
        raise HTTPException(409, f"the channel {item.channel} is not there or switched off: see alerts.toml")
    return item


def channel(spec: ChannelSpec, lane: Lane | None, count: ChannelCount) -> Json:
    """A channel as the API tells it. Its address is masked: only scheme and host of our own kinds are shown."""
    return {
        "name": spec.name,
        "kind": spec.kind,
        "address": lane.channel.address if lane is not None else "",
        "enabled": spec.enabled,
        "deduplicates": lane.channel.deduplicates if lane is not None else spec.kind != "service",
        "sent": count.sent,
        "failed": count.dead,
        "waiting": count.waiting,
        "last_sent": count.last_sent,
        "last_error": count.last_error,
    }


def status(live: LiveEngine) -> Json:
    """The status object's part about the file and the channels."""
    counts = live.delivery.counts.values()
    return {
        "file": {
            "path": str(live.alert_file.path),
            "rules": live.alert_file.rules,
            "error": live.alert_file.error or None,
        },
        "channels": {
            "configured": len(live.delivery.channels),
            "waiting": sum(count.waiting for count in counts),
            "dead": sum(count.dead for count in counts),
        },
    }
