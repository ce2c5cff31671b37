"""Which destinations a feature sends to."""

from __future__ import annotations

import re

from compiler.diagnostics import Diagnostics, Note, Span
from compiler.expand.errors import BadName, DuplicateName, IncapableDestination, NoDestination, UnknownDestination
from compiler.expand.plan import DestinationPlan, alloy_label
from compiler.values.document import Setting, View
from compiler.values.errors import MissingKey, UnusedKey
from compiler.values.presets import Feature, destination_type, destination_type_names
from compiler.values.tree import SequenceNode, dotted

__all__ = ["Destinations"]

_NAME = re.compile(r"[a-zA-Z][-_a-zA-Z0-9]*")


class Destinations:
    """All destinations of a document. Making it reports what is wrong with them, used or not."""

    def __init__(self, root: View, diagnostics: Diagnostics) -> None:
        self.diagnostics = diagnostics
        self.plans: dict[str, DestinationPlan] = {}
        self.disabled: dict[str, Setting] = {}
        self.incomplete = root.refused("destinations")
        labels: dict[str, str] = {}
        for name, values in root.section("destinations").items():
            self._add(name, values, labels)

    def _add(self, name: str, values: View, labels: dict[str, str]) -> None:
        if not _NAME.fullmatch(name):
            self.diagnostics.report(BadName("destination", name), values.span)
        other = labels.setdefault(alloy_label(name), name)
        if other != name:
            self.diagnostics.report(DuplicateName("destination", name, other), values.span)
        if "type" not in values or values["type"].value not in destination_type_names():
            self.incomplete = True  # and the schema has reported it
            return
        if values["disabled"]:
            self.disabled[name] = values["disabled"]
            return
        url = values["url"]
        if not url and not values["urlFrom"] and not values.refused("url"):
            self.diagnostics.report(MissingKey(dotted(url.path), "url: https://…", url.written), url.span)
        self.plans[name] = DestinationPlan(name, destination_type(values["type"].value), values)

    def choose(self, feature: Feature, named: Setting, where: Span | None) -> tuple[DestinationPlan, ...]:
        """The destinations of one feature.

        Those it names; otherwise all of its own ecosystem; only when there are none, all others that take its signal.
        """
        if named:
            return self.named(named, feature)
        capable = [plan for plan in self.plans.values() if feature.signal in plan.kind.signals]
        own = [plan for plan in capable if plan.kind.ecosystem == feature.ecosystem]
        chosen = tuple(own or capable)
        if not chosen and not self.incomplete:
            notes = (Note(f"`{name}` is disabled here", setting.span) for name, setting in self.disabled.items())
            self.diagnostics.report(NoDestination(feature.key, feature.signal, feature.ecosystem), where, *notes)
        return chosen

    def report_unused(self, used: set[str]) -> None:
        """Destinations that nothing sends to."""
        for name, plan in self.plans.items():
            if name not in used:
                self.diagnostics.report(UnusedKey(dotted(plan.values.path), "nothing sends to it"), plan.values.span)
                plan.values.read_all()

    def named(self, names: Setting, feature: Feature | None = None) -> tuple[DestinationPlan, ...]:
        """The destinations of a list of names; each wrong name is an error at its place."""
        chosen: dict[str, DestinationPlan] = {}
        assert isinstance(names.node, SequenceNode)
        for name, node in zip(names.value, names.node.items, strict=True):
            plan = self.plans.get(name)
            if plan is None and name in self.disabled:
                note = Note("disabled here", self.disabled[name].span)
                self.diagnostics.report(IncapableDestination(name, "is disabled"), node.span, note)
            elif plan is None:
                self.diagnostics.report(UnknownDestination(name, tuple(sorted(self.plans))), node.span)
            elif feature is not None and feature.signal not in plan.kind.signals:
                self.diagnostics.report(IncapableDestination(name, f"takes no {feature.signal}"), node.span)
            else:
                chosen[name] = plan
        return tuple(chosen[name] for name in sorted(chosen))
