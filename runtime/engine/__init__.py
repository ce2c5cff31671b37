"""Executes a graph: load, evaluate, schedule, reload. Start is a reload from the empty graph."""

from runtime.backoff import Backoff
from runtime.engine.engine import Engine, EngineStoppedError, Read, Settings
from runtime.engine.instance import Instance
from runtime.engine.loader import read_sources, read_text
from runtime.engine.module import Module
from runtime.engine.plan import Plan

__all__ = [
    "Backoff",
    "Engine",
    "EngineStoppedError",
    "Instance",
    "Module",
    "Plan",
    "Read",
    "Settings",
    "read_sources",
    "read_text",
]
