"""A module gets a value that does not fit where it uses it.

*What it finds*: an argument of a custom component whose value cannot be what the attribute is for which the module takes
it.

*Why it hurts*: arguments of modules have no type of their own. The mistake is found when the module runs, and is reported
inside of it.

*Example*:

```alloy
declare "parsed" {
        argument "to" { }

        loki.process "lines" {
                forward_to = argument.to.value

                stage.cri { }
        }

        export "receiver" {
                value = loki.process.lines.receiver
        }
}

loki.source.api "in" {
        forward_to = [parsed.app.receiver]
}

parsed "app" {
        to = "loki.write.default.receiver"
}
```

*Use instead*:

```alloy
declare "parsed" {
        argument "to" { }

        loki.process "lines" {
                forward_to = argument.to.value

                stage.cri { }
        }

        export "receiver" {
                value = loki.process.lines.receiver
        }
}

loki.source.api "in" {
        forward_to = [parsed.app.receiver]
}

parsed "app" {
        to = [loki.write.default.receiver]
}

loki.write "default" {
        endpoint {
                url = "http://loki:3100/loki/api/v1/push"
        }
}
```
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from compiler.catalog import AttributeSchema, BodySchema
from compiler.check.values import check_value
from compiler.diagnostics import Diagnostics, Fact, Note
from compiler.graph.model import Node
from compiler.graph.references import words
from compiler.lint.module import Module
from compiler.lint.registry import Report, rule
from compiler.syntax.tree import Attribute, Body


@dataclass(frozen=True)
class ArgumentOfAModule(Fact, code="KM286"):
    __doc__ = __doc__

    argument: str
    name: str
    problem: str

    def message(self) -> str:
        return f"the module takes `{self.argument}` for `{self.name}`: {self.problem}"

    def help(self) -> str:
        return f"write what `{self.name}` takes"


@rule(ArgumentOfAModule)
def check(module: Module, report: Report) -> None:
    for node in module.graph.nodes.values():
        declare = module.graph.nodes.get(node.definer)
        if declare is None or declare.inner is None:
            continue
        given = {one.name.text: one for one in node.block.body.attributes}
        for argument, use, schema in _uses(declare.inner.nodes.values()):
            declared = node.schema.body.attributes.get(argument)
            if argument not in given or declared is None:
                continue
            value = given.pop(argument).value
            found, own = Diagnostics(), Diagnostics()
            check_value(value, schema, module.graph, found)
            check_value(value, declared, module.graph, own)
            # What is wrong with the value in itself is said without this rule.
            for one in found.errors[:1] if not own.errors else ():
                fact = ArgumentOfAModule(argument, use.name.text, one.message)
                report(fact, one.span or value.span, Note("taken here", use.value.span))


def _uses(nodes: Iterable[Node]) -> Iterator[tuple[str, Attribute, AttributeSchema]]:
    """Each argument that is the whole value of an attribute, with this attribute."""
    for node in nodes:
        yield from _in(node.block.body, node.schema.body)


def _in(body: Body, schema: BodySchema) -> Iterator[tuple[str, Attribute, AttributeSchema]]:
    for one in body.statements:
        if isinstance(one, Attribute):
            names = words(one.value) or ()
            known = schema.attributes.get(one.name.text)
            if known is not None and len(names) == 3 and (names[0], names[2]) == ("argument", "value"):
                yield names[1], one, known
        elif (inner := schema.blocks.get(one.type)) is not None:
            yield from _in(one.body, inner.body)
