"""Plan → text: renders each collector's templates into lines that know their origin."""

from __future__ import annotations

from collections.abc import Iterator

from compiler import resources
from compiler.diagnostics import Diagnostics
from compiler.evaluate.types import Secret
from compiler.expand.credentials import Credentials
from compiler.expand.plan import CollectorPlan, DestinationPlan, FeaturePlan, Plan
from compiler.expand.printing import Code
from compiler.expand.snippets import snippet_lines
from compiler.expand.template import RenderedLine, render_template
from compiler.values.document import View

__all__ = ["assemble"]


def assemble(
    plan: Plan, collector: CollectorPlan, namespace: str, environment: dict[str, Secret], diagnostics: Diagnostics
) -> list[RenderedLine]:
    """The collector's text as lines: features, its own settings, `extraConfig`, destinations by name.

    Literal secrets go into `environment`, under the variables that the text reads.
    """
    sections = [_feature(feature) for feature in collector.features]
    if collector.values is not None:
        sections += [_settings(collector.values), _extra(collector.values)]
    for destination in collector.destinations:
        credentials = Credentials(
            destination.name, destination.label, destination.values, namespace, diagnostics, environment
        )
        sections.append(_destination(destination, plan.cluster_name, credentials))
    return list(_joined(sections))


def _feature(plan: FeaturePlan) -> list[RenderedLine]:
    receivers = ", ".join(destination.receiver() for destination in plan.destinations)
    named = plan.values["destinations"]
    forward_to = Code(f"[{receivers}]", named.origin if named else plan.origin)
    context = {"values": plan.values, "forward_to": forward_to, "clustering": plan.clustering}
    return render_template(plan.feature.template, context, plan.origin)


def _settings(values: View) -> list[RenderedLine]:
    path = resources.presets() / "collectors" / "settings.alloy.j2"
    return render_template(path, {"values": values}, values.origin)


def _extra(values: View) -> list[RenderedLine]:
    return [RenderedLine(line.text, "", line.origin) for line in snippet_lines(values["extraConfig"])]


def _destination(plan: DestinationPlan, cluster_name: Code, credentials: Credentials) -> list[RenderedLine]:
    context = {
        "name": plan.name,
        "label": plan.label,
        "values": plan.values,
        "cluster_name": cluster_name,
        "secret": credentials.secret,
        **credentials.functions(),
    }
    return render_template(plan.kind.template, context, plan.values.origin)


def _joined(sections: list[list[RenderedLine]]) -> Iterator[RenderedLine]:
    """One empty line between sections; the formatter takes out what is too much inside them."""
    for at, section in enumerate(filter(None, sections)):
        if at:
            yield RenderedLine("", "", None)
        yield from section
