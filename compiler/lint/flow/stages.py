"""The stages of `loki.process`, run over names instead of entries."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from compiler.diagnostics import Span
from compiler.graph.read import attribute, constant, text, written
from compiler.lint.flow.names import ANYTHING, NOTHING, Names
from compiler.lint.regex import group_names
from compiler.syntax.tree import Block, Body, Object

__all__ = ["StageState", "interpret", "keys_of", "stages_of"]

_CRI = ("flags", "stream", "content", "time")
_DOCKER = ("output", "stream", "timestamp")
_GEOIP = "geoip_"


@dataclass(frozen=True, slots=True)
class StageState:
    """What can exist in front of a stage. `moved` are labels that went to structured metadata, with the place where."""

    labels: Names
    extracted: Names
    metadata: Names = NOTHING
    moved: Mapping[str, Span] = field(default_factory=dict)
    set_here: Mapping[str, Span] = field(default_factory=dict)
    """Labels that a stage of this component set, with the place where."""

    def __or__(self, other: StageState) -> StageState:
        return StageState(
            self.labels | other.labels,
            self.extracted | other.extracted,
            self.metadata | other.metadata,
            {name: span for name, span in self.moved.items() if name in other.moved},
            {**self.set_here, **other.set_here},
        )


def stages_of(body: Body) -> list[Block]:
    return [block for block in body.blocks if block.type.startswith("stage.")]


def interpret(body: Body, state: StageState) -> tuple[list[tuple[Block, StageState]], StageState]:
    """Each stage at any depth with the state in front of it, and the state behind the last one."""
    seen: list[tuple[Block, StageState]] = []
    for stage in stages_of(body):
        seen.append((stage, state))
        if stage.type == "stage.match":
            if text(stage, "action", "keep") == "drop":
                continue
            # The inner pipeline copies the labels into the extracted map again.
            inside, end = interpret(stage.body, replace(state, extracted=state.extracted | state.labels))
            seen += inside
            state = state | end
        else:
            state = _after(stage, state)
    return seen, state


def keys_of(stage: Block, name: str) -> list[tuple[str, str, Span]]:
    """A map attribute as (key, text or key, place of the key): in stages an empty text stands for the key."""
    found = attribute(stage, name)
    if found is None or not isinstance(found.value, Object):
        return []
    out = []
    for one in found.value.fields:
        value = constant(one.value)
        out.append((one.name.text, value if isinstance(value, str) and value else one.name.text, one.name.span))
    return out


def _map(stage: Block, name: str) -> Names:
    """The keys of a map attribute."""
    value = written(stage, name)
    if value is None:
        return NOTHING
    return Names(frozenset(value)) if isinstance(value, dict) else ANYTHING


def _after(stage: Block, state: StageState) -> StageState:
    match stage.type:
        case "stage.cri":
            return _sets(state, _CRI, "stream")
        case "stage.docker":
            return _sets(state, _DOCKER, "stream")
        case "stage.json":
            found = ANYTHING if attribute(stage, "regex") else _map(stage, "expressions")
            return replace(state, extracted=state.extracted | found)
        case "stage.logfmt":
            found = ANYTHING if attribute(stage, "regex") else _map(stage, "mapping")
            return replace(state, extracted=state.extracted | found)
        case "stage.regex" | "stage.replace" | "stage.pattern":
            return _captured(stage, state)
        case "stage.template":
            return _extracts(state, text(stage, "source"))
        case "stage.labels":
            return _labels(state, _map(stage, "values"), {key: span for key, _, span in keys_of(stage, "values")})
        case "stage.static_labels":
            return _labels(state, _map(stage, "values"), {key: span for key, _, span in keys_of(stage, "values")})
        case "stage.label_drop":
            gone = written(stage, "values")
            return _only(state, lambda name: name not in gone) if isinstance(gone, list) else state
        case "stage.label_keep":
            kept = written(stage, "values")
            return _keep(state, kept) if isinstance(kept, list) else state
        case "stage.structured_metadata":
            return _to_metadata(stage, state)
        case "stage.tenant":
            return replace(state, labels=state.labels.with_(["__tenant_id__"]))
        case "stage.truncate":
            return _extracts(state, "truncated")
        case "stage.geoip":
            found = Names(frozenset(_map(stage, "custom_lookups").known), frozenset({_GEOIP}))
            return replace(state, extracted=state.extracted | found)
        case "stage.pack":
            packed = written(stage, "labels")
            # Packed is what was extracted, which a label that a stage set need not be.
            return (
                _only(state, lambda name: name not in packed or name in state.set_here)
                if isinstance(packed, list)
                else state
            )
        case "stage.eventlogmessage" | "stage.windowsevent":
            return replace(state, extracted=ANYTHING)
        case _:
            return state


def _extracts(state: StageState, name: str | None) -> StageState:
    return replace(state, extracted=ANYTHING if name is None else state.extracted.with_([name]))


def _sets(state: StageState, extracted: tuple[str, ...], label: str) -> StageState:
    return replace(state, extracted=state.extracted.with_(extracted), labels=state.labels.with_([label]))


def _labels(state: StageState, names: Names, places: Mapping[str, Span]) -> StageState:
    return replace(state, labels=state.labels | names, set_here={**state.set_here, **places})


def _only(state: StageState, kept: Callable[[str], bool]) -> StageState:
    here = {name: span for name, span in state.set_here.items() if kept(name)}
    return replace(state, labels=state.labels.without(lambda name: not kept(name)), set_here=here)


def _keep(state: StageState, kept: list[object]) -> StageState:
    names = frozenset(name for name in kept if isinstance(name, str))
    if len(names) < len(kept):
        return state
    here = {name: span for name, span in state.set_here.items() if name in names}
    return replace(state, labels=Names(frozenset(n for n in names if state.labels.can(n))), set_here=here)


def _captured(stage: Block, state: StageState) -> StageState:
    expression = text(stage, "pattern" if stage.type == "stage.pattern" else "expression")
    if expression is None:
        found = ANYTHING
    elif stage.type == "stage.pattern":
        found = Names(frozenset(_pattern_names(expression)))
    else:
        names = group_names(expression)
        found = ANYTHING if names is None else Names(names)
    if stage.type == "stage.replace" and (source := text(stage, "source")):
        found = found.with_([source])
    state = replace(state, extracted=state.extracted | found)
    from_groups = written(stage, "labels_from_groups")
    return replace(state, labels=state.labels | found) if from_groups not in (None, False) else state


def _pattern_names(pattern: str) -> Iterator[str]:
    for part in pattern.split("<")[1:]:
        name, close, _ = part.partition(">")
        if close and name != "_":
            yield name


def _to_metadata(stage: Block, state: StageState) -> StageState:
    values = keys_of(stage, "values")
    found = ANYTHING if attribute(stage, "regex") or not _map(stage, "values").closed else NOTHING
    # A label of the name of the source goes: it is read from the labels and removed there.
    gone = {source: span for _, source, span in values}
    state = _only(state, lambda name: name not in gone)
    moved = {**state.moved, **gone}
    return replace(state, metadata=(state.metadata | found).with_(key for key, _, _ in values), moved=moved)
