"""``spreadscope alerts``: the check of the file of channels and rules, and the test of a channel, without an engine."""

from __future__ import annotations

import time
from pathlib import Path

from spreadscope.app.alert_file import Channels, load_alerts
from spreadscope.app.file_rules import check_rules
from spreadscope.commands.console import print_json, print_message
from spreadscope.model.config import Config
from spreadscope.model.errors import ConfigError
from spreadscope.notify.attempt import send_once
from spreadscope.notify.channel import Channel, test_message
from spreadscope.notify.file import AlertsFile
from spreadscope.notify.secret import LibraryLogMasking, Masker


def run_check(file: Path, config: Config, *, as_json: bool) -> None:
    """Read the file as the engine would, and print its content. Raises ``ConfigError`` at the first mistake."""
    loaded, channels = _load(file, config, Masker())
    addresses = {spec.name: channel.address if channel else "" for spec, channel in channels}
    if as_json:
        print_json(
            {
                "ok": True,
                "channels": [
                    {"name": spec.name, "kind": spec.kind, "address": addresses[spec.name], "enabled": spec.enabled}
                    for spec in loaded.channels
                ],
                "rules": [
                    {"rule_id": rule.rule_id, "name": rule.name, "text": rule.text, "subject": rule.subject}
                    for rule in loaded.rules
                ],
                "warnings": loaded.warnings,
            }
        )
        return
    for warning in loaded.warnings:
        print_message(f"warning: {warning}")
    for spec in loaded.channels:
        print_message(f"channel {spec.name}: {addresses[spec.name] if spec.enabled else 'switched off'}")
    for rule in loaded.rules:
        print_message(f"rule {rule.name}: {rule.text}, {rule.subject} at {rule.timeframe}")
    print_message(f"{file}: {len(loaded.channels)} channels, {len(loaded.rules)} rules, no mistake")


async def run_test(file: Path, config: Config, name: str, *, as_json: bool) -> None:
    """Send a test message and print the channel's answer. Raises ``SpreadscopeError`` where it did not arrive."""
    masker = Masker()
    masking = LibraryLogMasking(masker)
    masking.begin()
    try:
        channel = _channel(_load(file, config, masker)[1], name)
        message = test_message(name, time.time_ns() // 1_000_000, demo=False)
        started = time.monotonic()
        answer = await send_once(channel, message, config.alerts.timeout_seconds, masker)
    finally:
        masking.end()
    seconds = round(time.monotonic() - started, 3)
    if as_json:
        print_json({"ok": True, "message": answer, "seconds": seconds})
    else:
        print_message(f"{name}: {answer} ({seconds} s)")


def _load(file: Path, config: Config, masker: Masker) -> tuple[AlertsFile, Channels]:
    try:
        loaded, channels = load_alerts(file, config.alerts, masker)
        check_rules(loaded.rules)
    except ConfigError as error:
        raise ConfigError(f"{file}: {error}") from None
    return loaded, channels


def _channel(channels: Channels, name: str) -> Channel:
    for spec, channel in channels:
        if spec.name == name:
            if channel is None:
                raise ConfigError(f"the channel {name!r} is switched off: write enabled = true to use it")
            return channel
    names = ", ".join(spec.name for spec, _ in channels) or "none"
    raise ConfigError(f"there is no channel {name!r}: the file defines {names}")
