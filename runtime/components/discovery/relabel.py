"""discovery.relabel"""

from __future__ import annotations

import msgspec

from compiler.evaluate.types import Target
from runtime.component import Component, Options
from runtime.registry import component
from runtime.relabel import Rule, Rules


class Arguments(msgspec.Struct, frozen=True, kw_only=True):
    targets: list[Target]
    rule: list[Rule] = []


class Exports(msgspec.Struct, frozen=True):
    output: list[Target]
    rules: Rules


@component("discovery.relabel", arguments=Arguments, exports=Exports)
class Relabel(Component[Arguments]):
    """Applies relabelling rules to targets, over all labels including `__*`, and exports the targets that are kept.

    A pure function of its arguments: it does nothing while it runs.
    """

    def __init__(self, options: Options, arguments: Arguments) -> None:
        super().__init__(options, arguments)
        self._rules = Rules(arguments.rule)
        self._made: dict[int, tuple[Target, Target | None]] = {}
        self._publish()

    async def update(self, arguments: Arguments) -> None:
        # The rules remember their matches and what they made of each target, so they are kept when only the targets changed.
        if arguments.rule != self.arguments.rule:
            self._rules, self._made = Rules(arguments.rule), {}
        self.arguments = arguments
        self._publish()

    def _publish(self) -> None:
        """A target that was there before comes out as the same object: whoever made it kept it because it has not changed."""
        known = self._made
        made = [known.get(id(target)) or (target, self._apply(target)) for target in self.arguments.targets]
        self._made = {id(target): (target, output) for target, output in made}
        self.options.export(Exports([output for _, output in made if output is not None], self._rules))

    def _apply(self, target: Target) -> Target | None:
        labels = self._rules.apply(target)
        return None if labels is None else Target(labels)
