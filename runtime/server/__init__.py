"""HTTP: readiness, health, reload, metrics, and the components as JSON, on Alloy's paths."""

from runtime.server.server import Server

__all__ = ["Server"]
