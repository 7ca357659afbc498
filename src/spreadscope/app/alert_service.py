"""Alerts of a running engine: the rules, the file of rules and channels, and the delivery of messages."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import AsyncExitStack

from prometheus_client.core import Metric

from spreadscope import contract
from spreadscope.app.alert_file import AlertFile, Channels
from spreadscope.app.component import Component, error, warning
from spreadscope.app.core_service import CoreService
from spreadscope.app.file_rules import check_rules
from spreadscope.app.markets import Markets
from spreadscope.app.metric_families import counter, counters, gauge, gauges
from spreadscope.app.rule_advice import RuleAdvice
from spreadscope.app.rule_service import RuleService
from spreadscope.app.store_service import StoreService
from spreadscope.contract import AlertState, ChannelKind, Runbook, Severity
from spreadscope.model.clock import Clock
from spreadscope.model.config import Config
from spreadscope.model.events import SetRule
from spreadscope.model.facts import Alert, Fact
from spreadscope.notify.channel_worker import DeliveryContext
from spreadscope.notify.dispatcher import Dispatcher
from spreadscope.notify.secret import Masker
from spreadscope.store.delivery.delivery_reader import DeliveryReader
from spreadscope.tasks import Policy, Running, Tasks

# ``resolved`` and ``digest`` are told of, and no alert stays in them.
_STATES = [state for state in AlertState if state not in {AlertState.RESOLVED, AlertState.DIGEST}]


class AlertService(Component):
    """``on_file_rules`` is called when the file changed the rules: the pages are told by whoever serves them."""

    name = "alerts"

    def __init__(
        self,
        config: Config,
        clock: Clock,
        core: CoreService,
        store: StoreService,
        markets: Markets,
        masker: Masker,
        tasks: Tasks,
    ) -> None:
        self.rules = RuleService(core.engine, store.writer, store.reader, core.apply)
        self.advice = RuleAdvice(core.engine, store.reader, clock)
        context = DeliveryContext(
            store.writer,
            DeliveryReader(store.directory.database),
            clock,
            config.alerts,
            masker,
            demo=lambda: markets.demo,
        )
        self.delivery = Dispatcher(context, store.outbox, tasks)
        self.file = AlertFile(config.alerts_file(), config.alerts, masker, apply=self._apply_file)
        self.on_file_rules: Callable[[], None] = lambda: None
        self._config = config
        self._core = core
        self._tasks = tasks
        self._resumed = False
        self._fired = dict.fromkeys(Severity, 0)
        self._running: list[Running[None]] = []
        core.observe(self._on_facts)

    def begin(self, stack: AsyncExitStack) -> None:
        """Take up messages of an earlier run; the store's writer has to run."""
        self.delivery.start()
        stack.push_async_callback(self.delivery.stop)

    async def resume(self) -> list[str]:
        """Take up the rules of an earlier run, then those of the file.

        Returns what is wrong with any of the stored ones.
        """
        unread: list[str] = []
        if not self._resumed:  # a start that failed half way is begun anew
            rules, unread = await asyncio.to_thread(self.rules.stored_rules)
            self._core.apply(rules)
            self._resumed = True
        await self.file.look()
        return unread

    def start(self) -> None:
        """Look at the file from now on."""
        self._running.append(self._tasks.start("alerts file", Policy.RESTART, self.file.run))

    def running(self) -> list[Running[None]]:
        return list(self._running)

    async def _apply_file(self, channels: Channels, rules: tuple[SetRule, ...]) -> None:
        """Put a file in force. The channels come first: a rule may fire as soon as it is set."""
        wanted = check_rules(rules, self._core.engine.space_of)
        self.delivery.apply(channels)
        await self.rules.replace_file(wanted)
        self.on_file_rules()

    def _on_facts(self, facts: list[Fact]) -> None:
        alerts = [fact for fact in facts if isinstance(fact, Alert)]
        for alert in alerts:
            self._fired[alert.severity] += alert.state is AlertState.FIRING
        if any(alert.notify for alert in alerts):
            self.delivery.wake()

    def status(self) -> contract.AlertsStatus:
        """Returns what the status says of rules, file and messages."""
        rules = self.rules.active()
        counts = self.delivery.counts.values()
        return contract.AlertsStatus(
            len(rules),
            sum(bool(each.life.incident) for rule in rules for each in rule.instances.values()),
            contract.AlertsFileStatus(str(self.file.path), self.file.rules, self.file.error or None),
            contract.ChannelsStatus(
                configured=len(self.delivery.channels),
                waiting=sum(count.waiting for count in counts),
                dead=sum(count.dead for count in counts),
            ),
        )

    def alarms(self) -> Iterable[contract.Alarm]:
        for text in self.file.alarms():
            yield error(text, Runbook.ALERTS_FILE)
        for text in self.delivery.troubles():
            yield warning(text, Runbook.DELIVERY_FAILING)

    def metrics(self) -> Iterable[Metric]:
        engine = self._core.engine.alerts
        states: dict[AlertState, int] = dict.fromkeys(_STATES, 0)
        for rule in self.rules.active():
            for instance in rule.instances.values():
                states[instance.life.state] += 1
        yield gauge("alert_rules", "Rules that are set.", len(self.rules.active()))
        yield gauges(
            "alerts", "Alerts of all rules and subjects, by state.", ["state"],
            [((str(state),), count) for state, count in states.items()],
        )  # fmt: skip
        yield counter("alert_evaluations_total", "Evaluations of rules.", engine.evaluations)
        yield counter(
            "alert_evaluations_without_verdict_total",
            "Evaluations for which data were missing.",
            engine.without_verdict,
        )
        yield counters(
            "alerts_fired_total", "Alerts that fired, by severity.", ["severity"],
            [((str(severity),), count) for severity, count in self._fired.items()],
        )  # fmt: skip
        yield gauge("alerts_file_ok", "1 where the file of rules and channels is in force.", not self.file.error)
        yield from self._delivery_metrics()

    def _delivery_metrics(self) -> Iterable[Metric]:
        kinds = {spec.name: str(spec.kind) for spec, _ in self.delivery.channels}
        troubled = Counter(
            str(spec.kind) for spec, worker in self.delivery.channels if worker is not None and worker.in_trouble
        )
        waiting: Counter[str] = Counter(dict.fromkeys(ChannelKind, 0))
        dead: Counter[str] = Counter(dict.fromkeys(ChannelKind, 0))
        for name, count in self.delivery.counts.items():
            kind = kinds.get(name, "removed")
            waiting[kind] += count.waiting
            dead[kind] += count.dead
        yield counters(
            "deliveries_total", "Attempts to deliver a message: sent, retry (tried again later) or given up.",
            ["kind", "outcome"],
            [((str(kind), str(outcome)), count) for (kind, outcome), count in self.delivery.outcomes.items()],
        )  # fmt: skip
        yield gauges(
            "deliveries_waiting", "Messages that wait to be sent.", ["kind"],
            [((str(kind),), count) for kind, count in waiting.items()],
        )  # fmt: skip
        yield gauges(
            "deliveries_dead", "Messages that were given up and are kept.", ["kind"],
            [((str(kind),), count) for kind, count in dead.items()],
        )  # fmt: skip
        yield gauges(
            "channels_failing", "Channels that failed several times in a row.", ["kind"],
            [((str(kind),), troubled[kind]) for kind in ChannelKind],
        )  # fmt: skip
