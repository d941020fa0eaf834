"""What an operator's monitoring reads: figures in the text format of Prometheus."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from adapters.bootstrap import Plaint

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"

RECORDED = {"missed": "clock.missed", "warned": "clock.warned"}


class Metric(NamedTuple):
    """One figure, or one for each value of a label."""

    name: str
    kind: str
    help: str
    samples: Iterable[tuple[str, float]]
    """Label with its value, such as ``projection="queue"``, or nothing; and the figure."""

    def lines(self) -> Iterator[str]:
        """Yield the metric as it is written."""
        yield f"# HELP {self.name} {self.help}"
        yield f"# TYPE {self.name} {self.kind}"
        for label, figure in self.samples:
            yield f"{self.name}{'{' + label + '}' if label else ''} {figure:.17g}"


def exposition(plaint: Plaint) -> str:
    """Return every metric of this process and of the databases it works on."""
    return "".join(f"{line}\n" for metric in _metrics(plaint) for line in metric.lines())


def _metrics(plaint: Plaint) -> Iterator[Metric]:
    yield from _scheduler(plaint)
    yield from _read_models(plaint)
    yield from _readers(plaint)
    yield from _webhooks(plaint)
    checked = plaint.drift.checked_at
    yield Metric(
        "plaint_counters_checked_timestamp_seconds",
        "gauge",
        "When this process last counted the read models anew.",
        [("", checked.timestamp())] if checked else [],
    )
    yield Metric(
        "plaint_counters_drifted",
        "gauge",
        "Counters that differed from their rows at that time.",
        [(f'projection="{name}"', number) for name, number in sorted(plaint.drift.drifted.items())],
    )


def _webhooks(plaint: Plaint) -> Iterator[Metric]:
    outbox, oldest = plaint.outbox, plaint.outbox.deliveries.oldest()
    off = Counter(each.disabled or "no" for each in outbox.webhooks.all())
    yield Metric(
        "plaint_webhook_messages",
        "gauge",
        "Messages to webhooks that are still to be sent, or are tried no more; 10,000 stands for more.",
        [(f'state="{state}"', number) for state, number in outbox.deliveries.counts().items()],
    )
    yield Metric(
        "plaint_webhook_oldest_seconds",
        "gauge",
        "How long the oldest message has been waiting that is still to be sent.",
        [("", max(0.0, (plaint.now() - oldest).total_seconds()) if oldest else 0.0)],
    )
    yield Metric(
        "plaint_webhooks",
        "gauge",
        "Webhooks, by whether and why they are disabled.",
        [(f'disabled="{reason}"', number) for reason, number in sorted(off.items())],
    )
    yield Metric(
        "plaint_webhook_attempts_total",
        "counter",
        "Attempts of this process to send a message, by what became of them.",
        [(f'outcome="{name}"', number) for name, number in sorted(outbox.sender.attempts.items())],
    )
    yield Metric(
        "plaint_webhook_logs_stopped",
        "gauge",
        "Logs in which an event that cannot be read keeps webhooks from hearing more.",
        [("", len(outbox.follower.stopped))],
    )


def _read_models(plaint: Plaint) -> Iterator[Metric]:
    engines = (plaint.views, plaint.search.engine)
    ends = plaint.store.ends()
    cursors = sorted(each for engine in engines for each in engine.cursors().items())
    stopped = [name for engine in engines for name in engine.stopped()]
    last = sum(ends.values())
    yield Metric(
        "plaint_read_model_lag_events",
        "gauge",
        "Events that a read model has still to fold, in all logs together.",
        [(f'projection="{name}"', last - seen_of(reached, ends)) for name, reached in cursors],
    )
    yield Metric(
        "plaint_log_lag_events",
        "gauge",
        "Events of a log that the slowest read model has still to fold.",
        [
            (f'log="{log:02x}"', end - min((min(end, r.get(log, 0)) for _, r in cursors), default=0))
            for log, end in sorted(ends.items())
        ],
    )
    yield Metric(
        "plaint_read_model_stopped",
        "gauge",
        "1 when an event that cannot be read stopped a read model.",
        [(f'projection="{view.name}"', view.name in stopped) for engine in engines for view in engine.views],
    )
    yield Metric(
        "plaint_read_model_generation",
        "gauge",
        "The version of what a slot of a read model holds, and whether it is live, building or kept.",
        [
            (f'projection="{each.projection}",slot="{each.slot}",state="{each.state}"', each.version)
            for engine in engines
            for each in engine.generations.all()
        ],
    )
    yield Metric("plaint_log_events", "gauge", "Events in all logs together.", [("", last)])


def seen_of(reached: Mapping[int, int], ends: Mapping[int, int]) -> int:
    """Return how many of the events that there are a read model at *reached* has folded."""
    return sum(min(end, reached.get(log, 0)) for log, end in ends.items())


def _readers(plaint: Plaint) -> Iterator[Metric]:
    streams, readings = plaint.streams, plaint.readings
    yield Metric(
        "plaint_streams_open", "gauge", "Streams that this process keeps open.", [("", streams.open)]
    )
    yield Metric(
        "plaint_streams_closed_total",
        "counter",
        "Streams of this process that have ended, by the reason.",
        [(f'reason="{reason}"', number) for reason, number in sorted(streams.closed.items())],
    )
    yield Metric(
        "plaint_readings_recorded_total",
        "counter",
        "Readings of cases that this process has recorded.",
        [("", readings.recorded)],
    )
    yield Metric(
        "plaint_readings_waiting",
        "gauge",
        "Readings that are not on disk yet; many while the database is away.",
        [("", readings.waiting)],
    )


def _scheduler(plaint: Plaint) -> Iterator[Metric]:
    deadlines, now = plaint.deadlines, plaint.now()
    oldest = min(filter(None, (plaint.due.oldest(), plaint.timers.oldest())), default=None)
    lag = max(0.0, (now - oldest).total_seconds()) if oldest else 0.0
    ticked = deadlines.ticked_at
    yield Metric(
        "plaint_scheduler_running",
        "gauge",
        "1 when this process has the role of a scheduler.",
        [("", plaint.runner.running)],
    )
    yield Metric(
        "plaint_scheduler_last_tick_timestamp_seconds",
        "gauge",
        "When the last tick of this process began.",
        [("", ticked.timestamp())] if ticked else [],
    )
    yield Metric(
        "plaint_scheduler_lag_seconds",
        "gauge",
        "How long the oldest deadline, warning or timer that is due has been waiting for any scheduler.",
        [("", lag)],
    )
    yield Metric(
        "plaint_deadlines_recorded_total",
        "counter",
        "Misses and warnings that this process has recorded.",
        [(f'kind="{kind}"', deadlines.recorded[topic]) for kind, topic in RECORDED.items()],
    )
    yield Metric(
        "plaint_deadlines_failing",
        "gauge",
        "Cases that could not be told at the last tick.",
        [("", len(deadlines.failing))],
    )
