"""`json_path`: the common part of JSONPath (RFC 9535, in the spelling of the ojg library that Alloy uses).

    Path     = [ "$" | "@" | name ] { Step }
    Step     = "." ( name | "*" ) | ".." ( name | "*" | Bracket ) | Bracket
    Bracket  = "[" ( "*" | Selector { "," Selector } | "?" Filter ) "]"
    Selector = integer | string | [ integer ] ":" [ integer ] [ ":" [ integer ] ]
    Filter   = And { "||" And } ;  And = Not { "&&" Not } ;  Not = [ "!" ] ( "(" Filter ")" | Compare )
    Compare  = Operand [ ( "==" | "!=" | "<" | "<=" | ">" | ">=" ) Operand ]
    Operand  = ( "@" | "$" ) { Step } | string | number | "true" | "false" | "null"

`..` gives what is deeper first. What matches nothing gives an empty list.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NoReturn

from compiler.evaluate import numbers
from compiler.evaluate.operators import compare_texts
from compiler.evaluate.stdlib.encoding import parse_json
from compiler.evaluate.values import equal, type_name

__all__ = ["json_path"]

Nodes = Iterable[Any]
Step = Callable[[Nodes, Any], Nodes]  # what was selected so far, and the whole document
Condition = Callable[[Any, Any], bool]

_NAME = re.compile(r"[^\s.\[\]()'\"<>=!&|,?*:$@]+")
_INTEGER = re.compile(r"[+-]?\d+")
_SLICE = re.compile(r"\s*([+-]?\d+)?\s*:\s*([+-]?\d+)?\s*(?::\s*([+-]?\d+)?)?\s*")
_STRING = re.compile(r"'((?:[^'\\]|\\.)*)'|\"((?:[^\"\\]|\\.)*)\"")
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?")
_COMPARISON = re.compile(r"==|!=|<=|>=|<|>")
_WORDS = {"true": True, "false": False, "null": None}
_MAX_DEPTH = 50


def json_path(text: str, path: str) -> list[Any]:
    """Everything in the document that the path selects. Raises `ValueError` for a bad path or document."""
    steps = _Parser(path).whole()
    if not text.strip():
        return []
    document = parse_json(text, integers=True)
    return list(_run(steps, [document], document))


def _run(steps: list[Step], nodes: Nodes, document: Any) -> Nodes:
    for step in steps:
        nodes = step(nodes, document)
    return nodes


class _Parser:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.depth = 0

    def fail(self) -> NoReturn:
        raise ValueError(f"`{self.text}` is no JSONPath: unexpected {self.found()} at character {self.at + 1}")

    def found(self) -> str:
        return f"`{self.text[self.at]}`" if self.at < len(self.text) else "end"

    def accept(self, mark: str) -> bool:
        if self.text.startswith(mark, self.at):
            self.at += len(mark)
            return True
        return False

    def expect(self, mark: str) -> None:
        if not self.accept(mark):
            self.fail()

    def match(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        match = pattern.match(self.text, self.at)
        if match:
            self.at = match.end()
        return match

    def blanks(self) -> None:
        while self.accept(" ") or self.accept("\t"):
            pass

    def whole(self) -> list[Step]:
        steps: list[Step] = []
        if not (self.accept("$") or self.accept("@")) and (name := self.match(_NAME)):
            steps.append(_member(name[0]))
        steps += self.steps()
        if self.at < len(self.text):
            self.fail()
        return steps

    def steps(self) -> list[Step]:
        steps: list[Step] = []
        while True:
            if self.accept(".."):
                steps.append(_descend)
                steps.append(self.bracket() if self.text.startswith("[", self.at) else self.dotted())
            elif self.accept("."):
                steps.append(self.dotted())
            elif self.text.startswith("[", self.at):
                steps.append(self.bracket())
            else:
                return steps

    def dotted(self) -> Step:
        if self.accept("*"):
            return _children
        name = self.match(_NAME)
        return _member(name[0]) if name else self.fail()

    def bracket(self) -> Step:
        self.expect("[")
        self.blanks()
        if self.accept("*"):
            step: Step = _children
        elif self.accept("?"):
            step = _filter(self.condition())
        else:
            selectors = [self.selector()]
            while self.accept(","):
                selectors.append(self.selector())
            step = selectors[0] if len(selectors) == 1 else _union(selectors)
        self.blanks()
        self.expect("]")
        return step

    def selector(self) -> Step:
        self.blanks()
        if string := self.match(_STRING):
            step = _member(_unescaped(string))
        elif cut := self.match(_SLICE):
            if cut[3] is not None and int(cut[3]) == 0:
                raise ValueError(f"`{self.text}` is no JSONPath: a step of 0")
            step = _slice(*(None if part is None else int(part) for part in cut.groups()))
        elif number := self.match(_INTEGER):
            step = _element(int(number[0]))
        else:
            self.fail()
        self.blanks()
        return step

    # Filters

    def condition(self) -> Condition:
        self.depth += 1
        if self.depth > _MAX_DEPTH:
            raise ValueError("the path nests too deeply")
        conditions = [self.conjunction()]
        while self.accept("||"):
            conditions.append(self.conjunction())
        self.depth -= 1
        return conditions[0] if len(conditions) == 1 else lambda node, root: any(c(node, root) for c in conditions)

    def conjunction(self) -> Condition:
        conditions = [self.negation()]
        while self.accept("&&"):
            conditions.append(self.negation())
        return conditions[0] if len(conditions) == 1 else lambda node, root: all(c(node, root) for c in conditions)

    def negation(self) -> Condition:
        self.blanks()
        if self.accept("!"):
            inner = self.negation()
            return lambda node, root: not inner(node, root)
        if self.accept("("):
            condition = self.condition()
            self.expect(")")
        else:
            condition = self.comparison()
        self.blanks()
        return condition

    def comparison(self) -> Condition:
        left, exists = self.operand()
        self.blanks()
        operator = self.match(_COMPARISON)
        if operator is None:
            return exists
        self.blanks()
        right, _ = self.operand()
        mark = operator[0]
        return lambda node, root: _compare(mark, left(node, root), right(node, root))

    def operand(self) -> tuple[Callable[[Any, Any], Any], Condition]:
        """How to get its value (the first one selected), and whether there is one."""
        if self.text.startswith(("@", "$"), self.at):
            from_root = self.text[self.at] == "$"
            self.at += 1
            steps = self.steps()

            def select(node: Any, root: Any) -> list[Any]:
                return list(_run(steps, [root if from_root else node], root))

            return lambda node, root: next(iter(select(node, root)), _NOTHING), lambda node, root: bool(
                select(node, root)
            )
        value: Any
        if string := self.match(_STRING):
            value = _unescaped(string)
        elif number := self.match(_NUMBER):
            value = parse_json(number[0], integers=True)
        else:
            word = next((word for word in _WORDS if self.accept(word)), None)
            value = _WORDS[word] if word else self.fail()
        return lambda *_: value, lambda *_: bool(value)


_NOTHING = object()


def _unescaped(string: re.Match[str]) -> str:
    body = string[1] if string[1] is not None else string[2]
    return re.sub(r"\\(.)", r"\1", body)


def _compare(operator: str, left: Any, right: Any) -> bool:
    if left is _NOTHING or right is _NOTHING:
        return operator == "!=" and left is not right
    if operator in {"==", "!="}:
        return equal(left, right) == (operator == "==")
    match type_name(left), type_name(right):
        case "number", "number":
            return numbers.compare(operator, left, right)
        case "string", "string":
            return compare_texts(operator, left, right)
        case _:
            return False


def _values(node: Any) -> list[Any]:
    return list(node.values()) if isinstance(node, dict) else node if isinstance(node, list) else []


def _children(nodes: Nodes, _: Any) -> Iterator[Any]:
    for node in nodes:
        yield from _values(node)


def _descend(nodes: Nodes, _: Any) -> Iterator[Any]:
    for node in nodes:
        yield from _deepest_first(node)


def _deepest_first(node: Any) -> Iterator[Any]:
    for child in _values(node):
        if isinstance(child, dict | list):
            yield from _deepest_first(child)
    yield node


def _member(name: str) -> Step:
    return lambda nodes, _: [node[name] for node in nodes if isinstance(node, dict) and name in node]


def _element(index: int) -> Step:
    return lambda nodes, _: [
        node[index] for node in nodes if isinstance(node, list) and -len(node) <= index < len(node)
    ]


def _slice(start: int | None, end: int | None, step: int | None) -> Step:
    return lambda nodes, _: [one for node in nodes if isinstance(node, list) for one in node[start:end:step]]


def _union(selectors: list[Step]) -> Step:
    return lambda nodes, root: [one for node in nodes for select in selectors for one in select([node], root)]


def _filter(condition: Condition) -> Step:
    return lambda nodes, root: [one for node in nodes for one in _values(node) if condition(one, root)]
