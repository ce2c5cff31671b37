"""Golden cases: `tests/golden/<stage>/<case>/` holds the inputs of a case and, beside them, what must come out.

A module `tests/golden/test_<stage>.py` takes the fixtures `case` (each folder of its stage in turn) and `golden`:

    def test_case(case: Path, golden: Golden) -> None:
        golden.check(case, {"out.txt": work(case / "in.txt")}, inputs=["in.txt"])

`pytest --update-golden` rewrites what comes out and prunes the files that no longer do.
"""

import difflib
from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest

HERE = Path(__file__).parent


class Golden:
    """Compares outputs with the files of a case, or writes them."""

    def __init__(self, update: bool) -> None:
        self.update = update

    def check(self, case: Path, outputs: Mapping[str, str], inputs: Iterable[str]) -> None:
        """The case's folder must hold its inputs and exactly `outputs`, by file name and content."""
        expected = {path.name: path for path in sorted(case.iterdir()) if path.name not in set(inputs)}
        if self.update:
            for name, path in expected.items():
                if name not in outputs:
                    path.unlink()
            for name, text in outputs.items():
                (case / name).write_text(text, encoding="utf-8")
            return
        if not expected:
            pytest.fail(f"{case.name} has no expectation: run pytest --update-golden and look at what it writes")
        if missing := sorted(set(outputs) - set(expected)):
            pytest.fail(f"{case.name}: {', '.join(missing)} came out and is not expected:\n{outputs[missing[0]]}")
        if extra := sorted(set(expected) - set(outputs)):
            pytest.fail(f"{case.name}: {', '.join(extra)} is expected and did not come out")
        for name, path in expected.items():
            wanted = path.read_text(encoding="utf-8")
            if wanted != outputs[name]:
                rows = difflib.unified_diff(
                    wanted.splitlines(), outputs[name].splitlines(), f"{case.name}/{name}", "now", lineterm="", n=2
                )
                pytest.fail("\n".join(rows) or f"{case.name}/{name}: only the last line's end differs")


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Golden:
    return Golden(bool(request.config.getoption("--update-golden")))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "case" not in metafunc.fixturenames:
        return
    stage = HERE / metafunc.module.__name__.rpartition(".")[2].removeprefix("test_")
    cases = sorted(path for path in stage.iterdir() if path.is_dir())
    assert cases, f"{stage} has no cases"
    metafunc.parametrize("case", cases, ids=[case.name for case in cases])
