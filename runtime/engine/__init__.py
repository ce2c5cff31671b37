"""Executes a graph: load, evaluate, schedule, reload. Start is a reload from the empty graph."""

from runtime.engine.engine import Engine, Settings
from runtime.engine.health import merged_health
from runtime.engine.instance import Instance
from runtime.engine.loader import LoadError, read_sources
from runtime.engine.module import Module
from runtime.engine.plan import Plan

__all__ = ["Engine", "Instance", "LoadError", "Module", "Plan", "Settings", "merged_health", "read_sources"]
