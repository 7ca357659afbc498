"""Failed attempts to sign in are counted for each address, in bounded memory."""

from __future__ import annotations

from spreadscope.guard.attempts import FailedAttempts


def test_an_address_waits_after_its_last_free_failure_and_others_do_not() -> None:
    now = [100.0]
    attempts = FailedAttempts(3, 60.0, now=lambda: now[0])
    for _ in range(3):
        assert attempts.wait("192.0.2.1") == 0
        attempts.failed("192.0.2.1")
        now[0] += 10
    assert attempts.wait("192.0.2.1") == 30
    assert attempts.wait("::ffff:192.0.2.1") == 30
    assert attempts.wait("192.0.2.2") == 0
    now[0] += 30
    assert attempts.wait("192.0.2.1") == 0
    now[0] += 60
    assert attempts.wait("192.0.2.1") == 0
    assert len(attempts) == 0


def test_a_subscriber_of_ipv6_is_one() -> None:
    attempts = FailedAttempts(2, 60.0, now=lambda: 0.0)
    attempts.failed("2001:db8::1")
    attempts.failed("2001:db8::2")
    assert attempts.wait("2001:db8::3") > 0
    assert attempts.wait("2001:db8:0:1::1") == 0


def test_memory_is_bounded() -> None:
    attempts = FailedAttempts(3, 60.0, addresses=100, now=lambda: 0.0)
    for number in range(10_000):
        attempts.failed(f"10.0.{number // 256}.{number % 256}")
    assert len(attempts) == 100
    attempts = FailedAttempts(3, 60.0, now=lambda: 0.0)
    for _ in range(10_000):
        attempts.failed("192.0.2.1")
    assert len(attempts._failed["192.0.2.1"]) == 3
