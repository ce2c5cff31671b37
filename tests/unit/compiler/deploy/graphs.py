"""Graphs of texts."""

from __future__ import annotations

from compiler.catalog import load_catalog
from compiler.deploy.permissions import Permission, described, permissions
from compiler.deploy.roles import roles
from compiler.diagnostics import Diagnostics, Source
from compiler.graph import Graph, build_graph
from compiler.syntax import parse

__all__ = ["asked", "granted_rules", "graph"]


def graph(text: str) -> Graph:
    found = Diagnostics()
    made = build_graph(
        [parse(Source("config.alloy", text), found)], load_catalog(), found, stability="experimental", community=True
    )
    found.raise_errors()
    return made


def asked(text: str) -> list[str]:
    """What the components ask for, in words."""
    return list(described(permissions(graph(text), "own")))


def granted_rules(found: list[Permission]) -> list[tuple[str, list[str]]]:
    """Each role's namespace with its rules in words."""
    return [
        (
            role.namespace,
            [
                " ".join((",".join(r.verbs), ",".join(r.resources or r.urls), ",".join(r.names))).strip()
                for r in role.rules
            ],
        )
        for role in roles(found)
    ]
