"""Modules in the graph: scopes, references through them, what is known of imports, and the check of their insides."""

from __future__ import annotations

from pathlib import Path

import pytest

from compiler.catalog import load_catalog
from compiler.check import check_graph
from compiler.diagnostics import Diagnostics, Source
from compiler.graph import Graph, build_graph
from compiler.syntax import parse

PIPE = """
declare "pipe" {
  argument "to" { }
  argument "cluster" { optional = true }
  loki.process "p" {
    forward_to = argument.to.value
  }
  export "receiver" { value = loki.process.p.receiver }
  export "name" { value = argument.cluster.value + "!" }
}
pipe "x" { to = [loki.write.out.receiver] }
loki.source.file "in" {
  targets    = []
  forward_to = [pipe.x.receiver]
}
loki.write "out" {
  endpoint {
    url = "http://loki"
  }
}
"""


def build(text: str, module_path: str | None = None) -> tuple[Graph, Diagnostics]:
    diagnostics = Diagnostics()
    file = parse(Source("config.alloy", text), diagnostics)
    graph = build_graph([file], load_catalog(), diagnostics, stability="experimental", module_path=module_path)
    check_graph(graph, diagnostics)
    return graph, diagnostics


def found(text: str, module_path: str | None = None) -> list[tuple[str, str, str]]:
    _, diagnostics = build(text, module_path)
    return [(d.code, str(d.severity), f"{d.span}") for d in diagnostics.sorted()]


def test_a_custom_component_has_the_schema_of_its_declare() -> None:
    graph, diagnostics = build(PIPE)
    assert not diagnostics.found
    node = graph.nodes["pipe.x"]
    assert node.definer == "declare.pipe"
    assert {a.name: a.required for a in node.schema.body.attributes.values()} == {"to": True, "cluster": False}
    assert node.schema.exports == {"receiver": "capsule(loki.LogsReceiver)", "name": "any"}
    inner = graph.nodes["declare.pipe"].inner
    assert inner is not None
    assert inner.order[-2:] == ("export.receiver", "export.name")
    flows = {(edge.producer, edge.consumer, edge.signal) for edge in graph.edges if edge.signal != "value"}
    assert flows == {("loki.source.file.in", "pipe.x", "logs"), ("pipe.x", "loki.write.out", "logs")}


def test_a_template_refers_to_what_is_around_it() -> None:
    graph, diagnostics = build(
        'local.file "t" {\n  filename = "x"\n}\nforeach "f" {\n  collection = [1]\n  var = "n"\n  template {\n'
        '    local.file "u" {\n      filename = string.format("%s%d", local.file.t.content, n)\n    }\n  }\n}'
    )
    assert not diagnostics.found
    foreach = graph.nodes["foreach.f"]
    assert [(r.target, r.path) for r in foreach.references] == [("local.file.t", ("content",))]
    assert foreach.inner is not None
    inside = foreach.inner.nodes["local.file.u"]
    assert (inside.references, [r.target for r in inside.captured]) == ((), ["local.file.t"])
    assert graph.order == ("local.file.t", "foreach.f")


FINDINGS = {
    "attribute in a declare": ('declare "m" {\n  a = 1\n}', ["KM244 2:3"]),
    "reserved name": ('declare "declare" { }', ["KM253 1:1"]),
    "service in a module": ('declare "m" {\n  http { }\n}', ["KM254 2:3"]),
    "export in a template": (
        'foreach "f" {\n  collection = []\n  var = "x"\n  template {\n    export "a" { value = 1 }\n  }\n}',
        ["KM254 5:5"],
    ),
    "unknown argument": ('declare "m" {\n  export "a" {\n    value = argument.no.value\n  }\n}', ["KM245 3:13"]),
    "field of an argument": (
        'declare "m" {\n  argument "a" { }\n  export "a" {\n    value = argument.a.vale\n  }\n}',
        ["KM246 4:24"],
    ),
    "unknown export of a module": (
        'declare "m" {\n  export "v" { value = 1 }\n}\nm "x" { }\nlocal.file "f" {\n  filename = m.x.w\n}',
        ["KM246 6:18"],
    ),
    "type of an export of a module": (
        (
            'declare "m" {\n  export "v" { value = local.file.f.content }\n  local.file "f" { filename = "x" }\n}\n'
            'm "x" { }\nlogging {\n  level = m.x.v + 1\n}'
        ),
        ["KM221 7:19"],
    ),
    "a declare in a template does not see the item": (
        (
            'foreach "f" {\n  collection = []\n  var = "x"\n  template {\n    declare "n" {\n      export "v" {\n'
            "        value = x\n      }\n    }\n  }\n}"
        ),
        ["KM245 7:17"],
    ),
    "what an import lacks": (
        'import.string "lib" {\n  content = `declare "a" { }`\n}\nlib.b "x" { }',
        ["KM251 4:1"],
    ),
    "an import that is not known yet": (
        'import.string "lib" {\n  content = sys.env("X")\n}\nlib.b "x" {\n  any = 1\n}\nlogging {\n  level = lib.b.x.y\n}',
        [],
    ),
    "modules that use each other": (
        'declare "m" {\n  n "x" { }\n}\ndeclare "n" {\n  m "x" { }\n}',
        ["KM300 1:1", "KM300 4:1"],
    ),
}


@pytest.mark.parametrize(("text", "expected"), FINDINGS.values(), ids=FINDINGS)
def test_findings(text: str, expected: list[str]) -> None:
    _, diagnostics = build(text)
    places = [f"{d.code} {d.span.position[0]}:{d.span.position[1]}" for d in diagnostics.sorted() if d.span]
    assert places == expected


def test_an_imported_file_is_read_when_the_folder_is_known(tmp_path: Path) -> None:
    (tmp_path / "lib.alloy").write_text(
        'declare "a" {\n  argument "b" { }\n}\ndeclare "c" {\n  loki.echo "e" { f = 1 }\n}\n'
    )
    text = 'import.file "lib" {\n  filename = file.path_join(module_path, "lib.alloy")\n}\nlib.a "x" { }'
    lib = f"{tmp_path}/lib.alloy"
    assert found(text, str(tmp_path)) == [("KM260", "warning", f"{lib}:5:19"), ("KM261", "error", "config.alloy:4:1")]
    assert found(text) == []
    assert found(text.replace('lib.a "x"', 'lib.c "x"'), str(tmp_path)) == [("KM260", "error", f"{lib}:5:19")]
    assert found(text, str(tmp_path / "no")) == [("KM252", "warning", "config.alloy:2:14")]


def test_broken_content_is_a_warning_until_it_is_used() -> None:
    text = 'import.string "lib" {\n  content = "declare {"\n}\n'
    assert {severity for _, severity, _ in found(text)} == {"warning"}
    assert ("KM251", "error", "config.alloy:4:1") in found(text + 'lib.a "x" { }')


def test_files_that_import_each_other_end(tmp_path: Path) -> None:
    for one, other in (("a", "b"), ("b", "a")):
        (tmp_path / f"{one}.alloy").write_text(f'import.file "n" {{\n  filename = "{tmp_path}/{other}.alloy"\n}}\n')
    text = f'import.file "lib" {{\n  filename = "{tmp_path}/a.alloy"\n}}'
    assert ("KM302", "warning", f"{tmp_path}/b.alloy:2:14") in found(text, str(tmp_path))
