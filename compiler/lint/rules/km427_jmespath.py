r"""An expression of `stage.json` that cannot be read.

*What it finds*: mistakes in the JMESPath expressions of `stage.json`. A key with a dash or a blank in it needs quotes.

*Why it hurts*: Alloy refuses to start with it, and `alloy validate` does not say so.

*Example*:

```alloy
stage.json {
        expressions = {trace = "trace-id"}
}
```

*Use instead*:

```alloy
stage.json {
        expressions = {trace = "\"trace-id\""}
}
```
"""

from __future__ import annotations

from dataclasses import dataclass

from compiler.diagnostics import Fact
from compiler.graph.read import attribute, constant, nested
from compiler.lint.module import Module
from compiler.lint.registry import Report, rule
from compiler.syntax.tree import Object


@dataclass(frozen=True)
class JmesPath(Fact, code="KM427"):
    __doc__ = __doc__

    expression: str
    problem: str

    def message(self) -> str:
        return f"`{self.expression}` is no JMESPath expression: {self.problem}"

    def help(self) -> str:
        return 'put a key with other characters than letters, digits and `_` into quotes: `"\\"trace-id\\""`'


@rule(JmesPath)
def check(module: Module, report: Report) -> None:
    import jmespath  # noqa: PLC0415 - only configurations with such stages need it
    import jmespath.exceptions  # noqa: PLC0415

    for node in module.of_type("loki.process"):
        for stage in nested(node.block.body):
            found = attribute(stage, "expressions") if stage.type == "stage.json" else None
            if found is None or not isinstance(found.value, Object):
                continue
            for field in found.value.fields:
                written = constant(field.value)
                expression = written if isinstance(written, str) and written else field.name.text
                if not isinstance(written, str | None):
                    continue
                try:
                    jmespath.compile(expression)
                except jmespath.exceptions.JMESPathError as error:
                    problem = str(error).splitlines()[0].rstrip(":")
                    report(JmesPath(expression, problem), field.value.span)
