"""The history of an execution: recorded as small tuples that hold references, rendered when read."""

from asl_engine.history.log import EventCounter, EventLog
from asl_engine.history.render import render_event, render_events

__all__ = ["EventCounter", "EventLog", "render_event", "render_events"]
