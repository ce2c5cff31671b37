"""What a pod tells of the ends of its containers: whether there will be more of a log."""

from __future__ import annotations

from typing import ClassVar

from runtime.kubernetes.objects import KubernetesObject, Pod
from runtime.kubernetes.objects.meta import Part

__all__ = ["PodState"]


class Terminated(Part, frozen=True):
    exit_code: int = 0


class State(Part, frozen=True):
    terminated: Terminated | None = None


class ContainerStatus(Part, frozen=True):
    name: str
    state: State | None = None


class Container(Part, frozen=True):
    name: str
    restart_policy: str | None = None


class Spec(Part, frozen=True):
    restart_policy: str = ""
    init_containers: list[Container] | None = None


class Status(Part, frozen=True):
    phase: str = ""
    container_statuses: list[ContainerStatus] | None = None
    init_container_statuses: list[ContainerStatus] | None = None
    ephemeral_container_statuses: list[ContainerStatus] | None = None


class PodState(KubernetesObject, frozen=True):
    """A pod as far as it tells of the ends of its containers."""

    resource: ClassVar = Pod.resource
    spec: Spec = Spec()
    status: Status = Status()

    def is_over(self, container: str) -> bool:
        """Whether the container has ended for good, so that its log is complete."""
        if self.status.phase in ("Succeeded", "Failed"):
            return True
        status = self._status(container)
        if status is None or status.state is None or status.state.terminated is None:
            return False
        policy = self._policy(container)
        return policy == "Never" or (policy == "OnFailure" and status.state.terminated.exit_code == 0)

    def _status(self, container: str) -> ContainerStatus | None:
        kinds = (
            self.status.container_statuses,
            self.status.init_container_statuses,
            self.status.ephemeral_container_statuses,
        )
        return next((one for kind in kinds for one in kind or () if one.name == container), None)

    def _policy(self, container: str) -> str:
        policy = self.spec.restart_policy or "Always"
        if any(one.name == container for one in self.status.ephemeral_container_statuses or ()):
            return "Never"
        init = next((one for one in self.spec.init_containers or () if one.name == container), None)
        if init is None:
            return policy
        # One that is to go on beside the others says so; any other is started again only after it failed.
        return init.restart_policy or ("Never" if policy == "Never" else "OnFailure")
