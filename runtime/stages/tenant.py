"""stage.tenant"""

from __future__ import annotations

from typing import Any

import msgspec

from runtime.component import ComponentError
from runtime.signals.columns import coded, text_of
from runtime.signals.labels import Labels
from runtime.stages._streams import Remembered
from runtime.stages.frame import Frame
from runtime.stages.grouping import Relabeller
from runtime.stages.stage import Context, Stage, stage

_TENANT = "__tenant_id__"


class Arguments(msgspec.Struct, frozen=True, kw_only=True):
    label: str = ""
    source: str = ""
    value: str = ""


@stage("tenant", arguments=Arguments)
class Tenant(Stage[Arguments]):
    """Sets the tenant that `loki.write` sends an entry for, by the label `__tenant_id__`: to `value`, or to that of the label
    `label`, or to the extracted value of `source`. What is missing or empty changes nothing."""

    def __init__(self, context: Context, arguments: Arguments) -> None:
        super().__init__(context, arguments)
        given = [name for name, value in msgspec.structs.asdict(arguments).items() if value]
        if not given:
            raise ComponentError("one of `label`, `source` and `value` is needed")
        if len(given) > 1:
            raise ComponentError(f"`{given[0]}` and `{given[1]}` exclude each other, keep one", given[1])
        self._changed = Remembered(self._change)
        self._relabeller = Relabeller()

    def process(self, frame: Frame) -> Frame:
        if not self.arguments.source:
            return frame.map_streams(self._changed)
        column = frame.extracted.get(self.arguments.source)
        if column is None:
            return frame
        return self._relabeller.apply(frame, (_TENANT,), [coded(column)], _tenant)

    def _change(self, labels: Labels) -> Labels:
        tenant = self.arguments.value or labels.get(self.arguments.label, "")
        return labels.with_labels({_TENANT: tenant}) if tenant else labels


def _tenant(value: Any) -> str | None:
    return text_of(value) or None
