"""What is going to be rendered: which collector runs which features and sends to which destinations."""

from __future__ import annotations

from dataclasses import dataclass

from compiler.deploy.settings import Settings
from compiler.expand.printing import Code
from compiler.values.document import Origin, View
from compiler.values.presets import DestinationType, Feature

__all__ = ["CollectorPlan", "DestinationPlan", "FeaturePlan", "Plan", "alloy_label"]


def alloy_label(name: str) -> str:
    """The component label of a destination's name: lower case, `_` for what a label cannot hold."""
    return name.lower().replace(" ", "_").replace("-", "_")


@dataclass(frozen=True, slots=True)
class DestinationPlan:
    """A destination that something sends to."""

    name: str
    kind: DestinationType
    values: View

    @property
    def label(self) -> str:
        return alloy_label(self.name)

    def receiver(self) -> str:
        """Where log lines enter: the processing stages when there are some, else the writer."""
        stages = self.values["logProcessingStages"]
        return f"loki.process.{self.label}.receiver" if stages else f"loki.write.{self.label}.receiver"


@dataclass(frozen=True, slots=True)
class FeaturePlan:
    """A feature that is switched on; `origin` is what switched it on.

    `clustering` is what makes its sources share their work with those of other replicas, None where they run once.
    """

    feature: Feature
    values: View
    origin: Origin
    destinations: tuple[DestinationPlan, ...]
    clustering: Origin | None = None


@dataclass(frozen=True, slots=True)
class CollectorPlan:
    """One workload and the text it runs. `kind` is daemonset, deployment or statefulset."""

    name: str
    kind: str
    singleton: bool
    settings: Settings
    features: tuple[FeaturePlan, ...]
    destinations: tuple[DestinationPlan, ...]
    values: View | None
    """The collector's own settings; None when the user wrote none."""


@dataclass(frozen=True, slots=True)
class Plan:
    """`cluster_name` is an Alloy expression."""

    cluster_name: Code
    collectors: tuple[CollectorPlan, ...]
