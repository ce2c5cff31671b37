"""Document → plan: every decision that templates only print."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import Any

from compiler.diagnostics import Diagnostics, Note
from compiler.expand.errors import (
    BadName,
    DuplicateName,
    FeatureOnAndOff,
    IdleCollector,
    MissingClustering,
    NotClustered,
    NothingEnabled,
    PodsReadTwice,
    PresetConflict,
    UnknownCollector,
    UnknownCollectorPreset,
    WorkloadMismatch,
)
from compiler.expand.plan import CollectorPlan, DestinationPlan, FeaturePlan, Plan, alloy_label
from compiler.expand.printing import Code, literal
from compiler.expand.routing import Destinations
from compiler.expand.settings import settings_of
from compiler.values.document import Document, Origin, Setting, View
from compiler.values.errors import MissingKey
from compiler.values.presets import Feature, collector_preset, collector_preset_names, feature_names, features
from compiler.values.tree import SequenceNode

__all__ = ["make_plan"]

_NAME = re.compile(r"[a-zA-Z0-9]([-_.a-zA-Z0-9]*[a-zA-Z0-9])?")
_SELECTION = (
    "namespaces", "excludeNamespaces", "labelSelectors", "nodeSelectors", "discoveryMethod", "annotationSelector",
    "extraDiscoveryRules",
)  # fmt: skip
"""Keys that say which pods are read."""


def make_plan(document: Document, diagnostics: Diagnostics) -> Plan:
    """Switches features on, gives each its destinations and its collector, and reports what does not fit."""
    root = document.view()
    destinations = Destinations(root, diagnostics)
    planner = _Planner(root, destinations, diagnostics)
    return Plan(planner.cluster_name(), planner.collectors())


@dataclass
class _Workload:
    """A collector while features are being assigned to it."""

    name: str
    values: View | None
    presets: list[str] = field(default_factory=list)
    kind: str = ""
    singleton: bool = False
    features: list[FeaturePlan] = field(default_factory=list)

    @property
    def clustered(self) -> bool:
        return "clustered" in self.presets

    def add_preset(self, name: str) -> None:
        if name not in self.presets:
            self.presets.append(name)
        self.singleton |= bool(collector_preset(name).facts.get("singleton"))


class _Planner:
    def __init__(self, root: View, destinations: Destinations, diagnostics: Diagnostics) -> None:
        self.root = root
        self.destinations = destinations
        self.diagnostics = diagnostics
        self.workloads: dict[str, _Workload] = {}
        self.disabled: dict[str, Setting] = {}

    def cluster_name(self) -> Code:
        cluster = self.root.section("cluster")
        if computed := cluster["nameFrom"]:
            return Code(computed.value.strip(), computed.origin)
        name = cluster["name"]
        if not name and not cluster.refused("name"):
            self.diagnostics.report(MissingKey("cluster.name", "cluster: {name: …}", name.written), name.span)
        return Code(literal(name.value or ""), name.origin)

    def collectors(self) -> tuple[CollectorPlan, ...]:
        for name, values in self.root.section("collectors").items():
            self.declare(name, values)
        enabled = self.enabled_features()
        self.compare(enabled)
        for plan in enabled:
            self.assign(plan)
        plans = [self.finish(workload) for _, workload in sorted(self.workloads.items())]
        found = tuple(plan for plan in plans if plan is not None)
        if not found and not enabled and not self.diagnostics.errors:
            self.diagnostics.report(NothingEnabled(feature_names()), self.root.span)
        if not self.diagnostics.errors:
            self.destinations.report_unused({used.name for plan in found for used in plan.destinations})
        return found

    def declare(self, name: str, values: View) -> None:
        """A collector that the user wrote."""
        if not values["enabled"]:
            self.disabled[name] = values["enabled"]
            return
        if not _NAME.fullmatch(name):
            self.diagnostics.report(BadName("collector", name), values.span)
        for other in self.workloads:
            if alloy_label(other) == alloy_label(name):
                self.diagnostics.report(DuplicateName("collector", name, other), values.span)
        workload = self.workloads[name] = _Workload(name, values)
        presets = values["presets"]
        if not presets:
            return
        assert isinstance(presets.node, SequenceNode)
        set_by = ""
        for preset, node in zip(presets.value, presets.node.items, strict=True):
            if preset not in collector_preset_names():
                self.diagnostics.report(UnknownCollectorPreset(preset, collector_preset_names()), node.span)
                continue
            workload.add_preset(preset)
            facts = collector_preset(preset).facts
            if not workload.kind:
                workload.kind, set_by = facts.get("kind", ""), preset
            elif facts.get("kind", workload.kind) != workload.kind:
                self.diagnostics.report(PresetConflict(set_by, preset, "the kind of workload"), node.span)

    def enabled_features(self) -> list[FeaturePlan]:
        listed = self.root.setting("presets")
        plans = []
        for feature in features():
            values = self.root.section(feature.key)
            origin = self.switched_on(feature, listed, values)
            if origin is not None:
                chosen = self.destinations.choose(feature, values["destinations"], origin.span)
                plans.append(FeaturePlan(feature, values, origin, chosen))
        return plans

    def switched_on(self, feature: Feature, listed: Setting, values: View) -> Origin | None:
        """What switches the feature on: its own `enabled` first, then the list `presets`."""
        enabled = values.setting("enabled")
        if enabled:
            return enabled.origin
        if not listed or feature.name not in listed.value:
            return None
        assert isinstance(listed.node, SequenceNode)
        span = listed.node.items[listed.value.index(feature.name)].span
        if values.wrote("enabled"):
            note = Note("switched off here", enabled.span)
            self.diagnostics.report(FeatureOnAndOff(feature.name, feature.key), span, note)
        return Origin("presets", span)

    def compare(self, plans: list[FeaturePlan]) -> None:
        """Two features of which one does the same as the other in another way."""
        by_name = {plan.feature.name: plan for plan in plans}
        for plan in plans:
            other = by_name.get(plan.feature.based_on)
            if other is None or not set(plan.destinations) & set(other.destinations):
                continue
            if all(_plain(plan.values[key]) == _plain(other.values[key]) for key in _SELECTION):
                fact = PodsReadTwice(plan.feature.key, other.feature.key)
                self.diagnostics.report(fact, plan.origin.span, Note("the other one", other.origin.span))

    def assign(self, plan: FeaturePlan) -> None:
        """Gives the feature the collector that it names, the only one that fits, or one of its own."""
        feature, wanted = plan.feature, plan.values["collector"]
        name = wanted.value or self.fitting(feature)
        if name in self.disabled or (wanted and name not in self.workloads and name != feature.collector):
            known = tuple(sorted({*self.workloads, feature.collector} - self.disabled.keys()))
            notes = [Note("switched off here", self.disabled[name].span)] if name in self.disabled else []
            self.diagnostics.report(UnknownCollector(name, known), wanted.span if wanted else plan.origin.span, *notes)
            return
        workload = self.workloads.setdefault(name, _Workload(name, None))
        if not workload.kind:
            workload.kind = "statefulset" if workload.clustered else feature.workload
        elif workload.kind not in _kinds(feature):
            span = workload.values["presets"].span if workload.values else plan.origin.span
            self.diagnostics.report(WorkloadMismatch(feature.key, feature.workload, name, workload.kind), span)
        if feature.scope == "cluster" and workload.clustered:
            plan = self.shared(plan, workload)
        else:
            self.alone(plan, workload)
        workload.features.append(plan)

    def shared(self, plan: FeaturePlan, workload: _Workload) -> FeaturePlan:
        """A feature that reads the whole cluster, in replicas that share the work; some features leave the choice."""
        chosen = plan.values.get("clustering")
        if chosen is not None and not chosen:
            span = chosen.span if chosen.written else plan.origin.span
            self.diagnostics.report(MissingClustering(plan.feature.key, workload.name), span)
        assert workload.values is not None, "only what the user wrote is clustered"
        return replace(plan, clustering=chosen.origin if chosen else workload.values["presets"].origin)

    def alone(self, plan: FeaturePlan, workload: _Workload) -> None:
        """A feature whose process sees all that it is there for: its node, or the cluster."""
        chosen = plan.values.get("clustering")
        if chosen:
            self.diagnostics.report(NotClustered(plan.feature.key, workload.name), chosen.span)
        for preset in plan.feature.collector_presets:
            workload.add_preset(preset)

    def fitting(self, feature: Feature) -> str:
        """A collector without a kind is taken for what collectors are by default, one a node."""
        wanted = _kinds(feature)
        fitting = [name for name, workload in self.workloads.items() if (workload.kind or "daemonset") in wanted]
        if feature.collector in self.workloads or len(fitting) != 1:
            return feature.collector
        return fitting[0]

    def finish(self, workload: _Workload) -> CollectorPlan | None:
        values = workload.values
        if not workload.features and not (values and values["extraConfig"]):
            self.diagnostics.report(IdleCollector(workload.name), values.span if values else None)
            return None
        chosen: dict[str, DestinationPlan] = {}
        for plan in workload.features:
            chosen |= {destination.name: destination for destination in plan.destinations}
        if values is not None and values["includeDestinations"]:
            named = self.destinations.named(values["includeDestinations"])
            chosen |= {destination.name: destination for destination in named}
        return CollectorPlan(
            workload.name,
            workload.kind or "daemonset",
            workload.singleton,
            settings_of(self.root, values, workload.presets),
            tuple(workload.features),
            tuple(chosen[name] for name in sorted(chosen)),
            values,
        )


def _plain(found: View | Setting) -> Any:
    return found.plain() if isinstance(found, View) else found.value


def _kinds(feature: Feature) -> tuple[str, ...]:
    """The kinds of workload in which a feature can run."""
    return ("daemonset",) if feature.scope == "node" else ("deployment", "statefulset")
