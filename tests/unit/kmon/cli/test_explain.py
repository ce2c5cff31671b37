import re
from collections import Counter
from pathlib import Path

import pytest
from typer.testing import CliRunner

from compiler.diagnostics import Fact
from kmon.cli import app
from kmon.cli.explain import page
from kmon.errors import every_fact

ROOT = Path(__file__).parents[4]
FACTS = every_fact()
FAMILIES = {
    "compiler.values": "1", "compiler.expand": "1", "compiler.deploy": "1", "compiler.syntax": "2", "compiler.evaluate": "2",
    "compiler.check": "23", "compiler.graph": "23", "compiler.lint": "23456789", "runtime": "8", "kmon": "8",
}  # fmt: skip


def run(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, ["explain", *arguments])
    return result.exit_code, result.stdout, result.stderr


def test_a_page() -> None:
    code, out, _ = run("km104")
    assert code == 0
    assert out.splitlines()[:4] == [
        "KM104  error",
        "",
        "    unknown key `KEY` in `PARENT`",
        "    help: known keys: `KNOWN`",
    ]
    assert "--allow-unknown" in out
    assert run("104")[1] == out


def test_all_are_listed() -> None:
    code, out, _ = run()
    assert code == 0
    assert re.findall(r"^  (KM\d{3})  ", out, re.MULTILINE) == list(FACTS)
    assert max(map(len, out.splitlines())) <= 80


def test_an_unknown_code() -> None:
    code, out, errors = run("KM1044")
    assert (code, out) == (2, "")
    assert "there is no finding `KM1044`; did you mean `KM104`?" in errors
    assert "`kmon explain` lists all" in run("nonsense")[2]


@pytest.mark.parametrize("fact", FACTS.values(), ids=list(FACTS))
def test_every_fact_has_a_page_and_a_code_of_its_family(fact: type[Fact]) -> None:
    assert re.fullmatch(r"KM\d{3}", fact.code)
    family = next(digits for package, digits in FAMILIES.items() if fact.__module__.startswith(package + "."))
    assert fact.code[2] in family
    sentence = page(fact).split("\n\n")[2].strip()
    assert len(sentence.split()) >= 5
    assert sentence.endswith("."), sentence
    prose = page(fact).split("\n\n", 2)[2].split("```")[0::2]
    assert max(len(line) for text in prose for line in text.splitlines() if " " in line) <= 80


def test_no_fact_is_declared_where_it_is_not_found() -> None:
    declared = Counter(
        code
        for package in ("compiler", "runtime", "kmon")
        for path in (ROOT / package).rglob("*.py")
        for code in re.findall(r'^class \w+\(Fact, code="(KM\d+)"', path.read_text(encoding="utf-8"), re.MULTILINE)
    )
    assert declared == Counter(list(FACTS))
