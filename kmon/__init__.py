"""kmon: Helm values in, an explicit Grafana Alloy graph out, and a thin runtime that executes it."""

__version__ = "0.1.0"
