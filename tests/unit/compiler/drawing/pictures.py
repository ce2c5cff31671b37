"""Diagrams of small texts for the tests of drawings."""

from __future__ import annotations

from collections.abc import Iterable

from compiler.catalog import load_catalog
from compiler.diagnostics import Diagnostic, Diagnostics, Source
from compiler.drawing import Diagram, unfold
from compiler.graph import build_graph
from compiler.syntax import parse

__all__ = ["FOREACH", "MODULE", "PIPELINE", "diagram"]

PIPELINE = """
loki.source.file "in" {
	targets    = local.file_match.logs.targets
	forward_to = [loki.process.p.receiver, loki.echo.e.receiver]
}

local.file_match "logs" {
	path_targets = [{__path__ = "/var/log/*.log"}]
}

loki.process "p" {
	forward_to = [loki.write.out.receiver]
}

loki.echo "e" { }

loki.write "out" {
	endpoint {
		url = local.file.url.content
	}
}

local.file "url" {
	filename = "/etc/url"
}

logging { }
"""
MODULE = """
declare "cut" {
	argument "forward_to" { }

	argument "level" {
		optional = true
	}

	loki.process "inner" {
		forward_to = argument.forward_to.value

		stage.static_labels {
			values = {level = argument.level.value}
		}
	}

	export "receiver" {
		value = loki.process.inner.receiver
	}
}

cut "one" {
	forward_to = [loki.write.out.receiver]
	level      = "debug"
}

loki.source.api "in" {
	http { }
	forward_to = [cut.one.receiver]
}

loki.write "out" { }
"""
FOREACH = """
foreach "pods" {
	collection = discovery.kubernetes.pods.targets
	var        = "pod"

	template {
		loki.source.file "in" {
			targets    = [pod]
			forward_to = [loki.write.out.receiver]
		}
	}
}

discovery.kubernetes "pods" {
	role = "pod"
}

loki.write "out" { }
"""


def diagram(text: str, findings: Iterable[Diagnostic] = (), *, open_modules: bool = False) -> Diagram:
    found = Diagnostics()
    files = [parse(Source("config.alloy", text), found)]
    graph = build_graph(files, load_catalog(), found, stability="experimental")
    return unfold(graph, [*found, *findings], name="config.alloy", open_modules=open_modules)
