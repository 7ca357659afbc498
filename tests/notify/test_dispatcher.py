"""Delivery from the outbox to real receivers: also when they are away for a while, refuse, or do not answer."""

from __future__ import annotations

import asyncio
import threading
import time
from pathlib import Path

import pytest

from spreadscope.model.clock import SystemClock
from spreadscope.store.delivery.delivery_reader import ChannelCount, DeliveryReader
from tests.e2e.line import run, until
from tests.notify.receivers import answer, http_receiver, smtp_receiver
from tests.notify.rig import NOON, alert, mail, quick, rig, service, webhook

HOUR_NS = 3_600_000_000_000


class ShiftedClock(SystemClock):
    """The machine's clock, set forward by hours at will."""

    hours = 0

    def now_ns(self) -> int:
        return super().now_ns() + self.hours * HOUR_NS


def test_mail_and_webhook_and_service_get_the_message_once(tmp_path: Path) -> None:
    async def main() -> None:
        async with http_receiver() as receiver, http_receiver() as topic, smtp_receiver() as box:
            specs = (webhook(receiver.url()), mail(box.url()), service(f"ntfy://127.0.0.1:{topic.port}/my-topic"))
            topic.answers = lambda _: answer(body="{}")
            async with rig(tmp_path, *specs) as it:
                it.fire(alert())
                await until(lambda: it.states() == ["sent"] * 3)
                rows = {row.channel: row for row in it.rows}
            title = "warning: far apart 0 firing, AAAUSDT/BBBUSDT"
            assert {row.title for row in rows.values()} == {title}
            assert [request.document["title"] for request in receiver.requests] == [title]
            assert receiver.requests[0].key == rows["hook"].key
            assert [mail["Subject"] for mail in box.mails] == [title]
            assert box.mails[0]["Message-ID"] == f"<{rows['mail'].key}@example.com>"
            assert [request.document["title"] for request in topic.requests] == [title]
            assert all(row.sent_at and not row.error and not row.maybe_repeated for row in rows.values())

    run(main())


def test_receivers_that_are_away_for_a_while_get_everything_once_they_are_back(tmp_path: Path) -> None:
    async def main() -> None:
        async with http_receiver() as receiver, smtp_receiver() as box:
            await receiver.close()
            await box.close()
            async with rig(tmp_path, webhook(receiver.url()), mail(box.url())) as it:
                it.fire(*map(alert, range(3)))
                await until(lambda: all(lane.failures >= 2 for _, lane in it.dispatcher.channels if lane))
                assert set(it.states()) <= {"failed", "waiting", "sending"}
                await receiver.open()
                await box.open()
                await until(lambda: it.states() == ["sent"] * 6)
                attempts = {row.channel: row.attempts for row in it.rows if row.alert.time == NOON}
                assert min(attempts.values()) >= 2
            assert sorted(request.document["name"] for request in receiver.requests) == [
                f"far apart {n}" for n in range(3)
            ]
            assert len({mail["Message-ID"] for mail in box.mails}) == len(box.mails) == 3

    run(main())


def test_a_channel_that_hangs_or_fails_does_not_delay_another(tmp_path: Path) -> None:
    async def main() -> None:
        async with http_receiver() as hangs, http_receiver() as fails, http_receiver() as good:
            hangs.hold = True
            fails.answers = lambda _: answer("500 Broken")
            specs = (webhook(hangs.url(), "a"), webhook(fails.url(), "b"), webhook(good.url(), "c", per_minute=600))
            async with rig(tmp_path, *specs, config=quick(timeout_seconds=60.0)) as it:
                began = time.monotonic()
                it.fire(*map(alert, range(20)))
                await until(lambda: len(good.requests) == 20)
                assert time.monotonic() - began < 5
                assert len(hangs.requests) == 1
                await until(lambda: len(fails.requests) >= 3)
                assert it.dispatcher.worker("c").failures == 0
                trouble = "alerts do not get through to b: 127.0.0.1 refused: HTTP 500: ok"
                await until(lambda: trouble in it.dispatcher.troubles())  # the answer to the third is on its way

    run(main())


def test_messages_of_one_channel_go_one_at_a_time_in_order(tmp_path: Path) -> None:
    async def main() -> None:
        async with http_receiver() as receiver:
            async with rig(tmp_path, webhook(receiver.url(), per_minute=600)) as it:
                it.fire(*map(alert, range(30)))
                await until(lambda: it.states() == ["sent"] * 30)
            assert [request.document["name"] for request in receiver.requests] == [f"far apart {n}" for n in range(30)]

    run(main())


def test_no_more_a_minute_than_the_channel_allows(tmp_path: Path) -> None:
    async def main() -> None:
        async with http_receiver() as receiver:
            async with rig(tmp_path, webhook(receiver.url(), per_minute=3)) as it:
                it.fire(*map(alert, range(8)))
                await until(lambda: it.states()[:3] == ["sent"] * 3)
                lane = it.dispatcher.worker("hook")
                await until(lambda: lane._seconds_to_wait() > 55)
                assert len(receiver.requests) == 3
                assert it.states()[3:] == ["waiting"] * 5
                lane._sent_ns.clear()  # the minute is over
                assert lane._seconds_to_wait() == 0

    run(main())


def test_a_message_that_is_refused_again_and_again_is_given_up_and_can_be_tried_anew(tmp_path: Path) -> None:
    async def main() -> None:
        async with http_receiver() as receiver:
            receiver.answers = lambda _: answer("404 Not Found", "nobody here")
            async with rig(tmp_path, webhook(receiver.url()), config=quick(attempts=3)) as it:
                it.fire(alert())
                await until(lambda: it.states() == ["dead"])
                (row,) = it.rows
                assert (row.attempts, row.error) == (3, "127.0.0.1 refused: HTTP 404: nobody here")
                assert len(receiver.requests) == 3
                await it.dispatcher.count()
                assert "1 alert messages were given up: see the dead letters" in it.dispatcher.troubles()
                receiver.answers = lambda _: answer()
                it.dispatcher.retry(row)
                await until(lambda: it.states() == ["sent"])
                assert (it.rows[0].error, it.rows[0].attempts) == ("", 1)

    run(main())


def test_the_receivers_wish_to_wait_is_kept_to(tmp_path: Path) -> None:
    async def main() -> None:
        async with http_receiver() as receiver:
            receiver.answers = lambda _: answer("429 Too Many", Retry_After="100")
            async with rig(tmp_path, webhook(receiver.url())) as it:
                it.fire(alert(1), alert(2))
                await until(lambda: it.states() == ["failed", "waiting"])
                assert 90_000 < it.rows[0].next_at - it.rows[0].created < 110_000
                assert it.dispatcher.worker("hook")._seconds_to_wait() > 90
                assert len(receiver.requests) == 1
                receiver.answers = lambda _: answer()
                it.dispatcher.retry(it.rows[0])  # unless somebody asks for it
                await until(lambda: it.states() == ["sent"] * 2)

    run(main())


def test_an_answer_that_never_came_is_repeated_with_the_same_key_or_says_so(tmp_path: Path) -> None:
    async def main() -> None:
        async with http_receiver() as receiver, http_receiver() as topic, smtp_receiver() as box:
            receiver.hold = topic.hold = box.drop_after_data = True
            specs = (
                webhook(receiver.url()),
                mail(box.url(), per_minute=600),
                service(f"ntfy://127.0.0.1:{topic.port}/my-topic?rto=1", per_minute=600),
            )
            async with rig(tmp_path, *specs, config=quick(timeout_seconds=0.5)) as it:
                it.fire(alert())
                await until(lambda: len(box.mails) > 0 and all(row.uncertain for row in it.rows))
                receiver.hold = topic.hold = box.drop_after_data = False
                await until(lambda: it.states() == ["sent"] * 3)
                repeated = {row.channel: row.maybe_repeated for row in it.rows}
            assert repeated == {"hook": False, "mail": False, "service": True}
            assert len({(request.key, request.body) for request in receiver.requests}) == 1
            assert len(receiver.requests) >= 2
            assert len({(mail["Message-ID"], mail.as_bytes()) for mail in box.mails}) == 1
            texts = [request.document["message"] for request in topic.requests]
            assert "may be a repeat" not in texts[0]
            assert all("may be a repeat" in text for text in texts[1:])

    run(main())


def test_an_old_message_says_that_it_is_late_and_a_very_old_one_is_given_up(tmp_path: Path) -> None:
    async def main() -> None:
        clock = ShiftedClock()
        async with http_receiver() as receiver:
            async with rig(tmp_path, webhook(receiver.url(), enabled=False), webhook(receiver.url(), "x")) as it:
                it.dispatcher.worker("x").retire()
                it.fire(alert(1))
                await it.writer.flush()
            clock.hours = 7
            async with rig(tmp_path, webhook(receiver.url(), "x"), clock=clock) as it:
                await until(lambda: it.states() == ["sent"])
                it.use()  # no channel any more; what is entered for it waits
                it.fire(alert(2, channels=("x",)))
                await it.writer.flush()
                assert it.states() == ["sent", "dead"]
                it.use(webhook(receiver.url(), "y"))
                it.dispatcher.worker("y").retire()
                it.fire(alert(3, late=True))
                await it.writer.flush()
            assert receiver.requests[0].document["body"].endswith("Late: this was to be sent 7 h ago.")
            clock.hours = 7 + 48
            async with rig(tmp_path, webhook(receiver.url(), "y"), clock=clock) as it:
                await until(lambda: it.states() == ["sent", "dead", "dead"])
                assert it.rows[2].error == "given up: too old to be of use"
            assert len(receiver.requests) == 1

    run(main())


def test_a_demo_says_so(tmp_path: Path) -> None:
    async def main() -> None:
        async with http_receiver() as receiver:
            async with rig(tmp_path, webhook(receiver.url()), demo=True) as it:
                it.fire(alert())
                await until(lambda: it.states() == ["sent"])
                answered = await it.dispatcher.test("hook")
                assert answered is not None
                assert answered.ok
            fired, test = (request.document for request in receiver.requests)
            assert fired["title"].startswith("DEMO DATA: ")
            assert fired["body"].startswith("DEMO DATA, not a market.\n")
            assert (fired["demo"], test["demo"], test["test"]) == (True, True, True)
            assert test["title"] == "DEMO DATA: Spreadscope: test message"

    run(main())


def test_a_test_tells_the_answer_and_leaves_the_outbox_alone(tmp_path: Path) -> None:
    async def main() -> None:
        async with http_receiver() as receiver, smtp_receiver() as box:
            async with rig(
                tmp_path, webhook(receiver.url()), mail(box.url()), webhook(receiver.url(), "off", enabled=False)
            ) as it:
                good = await it.dispatcher.test("hook")
                receiver.answers = lambda _: answer("401 Unauthorized", "bad token")
                bad = await it.dispatcher.test("hook")
                mailed = await it.dispatcher.test("mail")
                assert (good.ok, good.message) == (True, "HTTP 200: ok")
                assert (bad.ok, bad.message) == (False, "127.0.0.1 refused: HTTP 401: bad token")
                assert (mailed.ok, mailed.message) == (True, "accepted for 1 of 1 recipients")
                assert await it.dispatcher.test("off") is None
                assert await it.dispatcher.test("none") is None
                assert it.rows == []
                assert it.dispatcher.worker("hook").failures == 0
            assert box.mails[0]["Subject"] == "Spreadscope: test message"

    run(main())


def test_what_is_on_its_way_at_the_end_is_waited_for_and_the_rest_stays(tmp_path: Path) -> None:
    async def main() -> None:
        async with http_receiver() as receiver, http_receiver() as hangs:
            receiver.gate = asyncio.Event()
            hangs.hold = True
            async with rig(tmp_path, webhook(receiver.url(), "a"), webhook(hangs.url(), "b")) as it:
                it.fire(*map(alert, range(4)))
                await until(lambda: len(receiver.requests) == 1 and len(hangs.requests) == 1)
                asyncio.get_running_loop().call_later(0.2, receiver.gate.set)
                began = time.monotonic()
            assert time.monotonic() - began < 2.5
            states = {(row.channel, row.alert.time): row.state for row in it.rows}
            assert states["a", NOON] == "sent"
            assert states["b", NOON] == "sending"  # nobody knows, and the next start says so
            assert len(receiver.requests) == 1
            assert [states["a", NOON + n * 1_000] for n in (1, 2, 3)] == ["waiting"] * 3
            hangs.hold = False
            async with rig(tmp_path, webhook(receiver.url(), "a"), webhook(hangs.url(), "b")) as it:
                await until(lambda: it.states() == ["sent"] * 8)
            assert len(receiver.requests) == 4
            assert len({request.key for request in hangs.requests}) == 4
            assert len(hangs.requests) == 5

    run(main())


def test_an_older_count_never_takes_the_place_of_a_newer_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked, go_on = threading.Event(), threading.Event()

    def counts(_: DeliveryReader) -> dict[str, ChannelCount]:
        first = not asked.is_set()
        asked.set()
        assert not first or go_on.wait(20)
        return {"hook": ChannelCount(dead=1 if first else 2)}

    async def main() -> None:
        async with rig(tmp_path) as it:
            monkeypatch.setattr(DeliveryReader, "counts", counts)
            older = asyncio.create_task(it.dispatcher.count())
            await asyncio.to_thread(asked.wait, 20)
            newer = asyncio.create_task(it.dispatcher.count())
            await asyncio.wait({newer}, timeout=0.1)  # time enough to overtake the older one, if it may
            go_on.set()
            await asyncio.gather(older, newer)
            assert it.dispatcher.counts["hook"].dead == 2

    run(main())


def test_a_channel_that_did_not_change_goes_on_and_one_that_did_is_replaced(tmp_path: Path) -> None:
    async def main() -> None:
        async with http_receiver() as one, http_receiver() as two:
            async with rig(tmp_path, webhook(one.url(), "a"), webhook(one.url(), "b")) as it:
                same, old = it.dispatcher.worker("a"), it.dispatcher.worker("b")
                one.hold = True
                it.fire(alert(1, channels=("b",)))
                await until(lambda: len(one.requests) == 1)
                it.use(webhook(one.url(), "a"), webhook(two.url(), "b"))
                assert it.dispatcher.worker("a") is same
                assert it.dispatcher.worker("b") is not old
                it.fire(alert(2, channels=("b",)))
                await it.writer.flush()
                await asyncio.sleep(0)
                assert two.requests == []  # the old one has its message on the way: the new one does not overtake it
                await one.close()
                await one.open()
                one.hold = False
                await until(lambda: it.states() == ["sent"] * 2)
                assert sorted(request.document["name"] for request in two.requests) == ["far apart 1", "far apart 2"]
                it.use(webhook(one.url(), "a"))
                assert [spec.name for spec, _ in it.dispatcher.channels] == ["a"]
                it.fire(alert(3))
                await until(lambda: it.states() == ["sent"] * 3)

    run(main())
