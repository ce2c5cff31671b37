from __future__ import annotations

import json
import logging
import re

import pytest

from runtime import logs
from runtime.logs import Formatter, component_logger


def record(message: str = "it runs", level: int = logging.INFO, **extra: object) -> logging.LogRecord:
    return logging.getLogger("test").makeRecord("test", level, "f.py", 1, message, (), None, extra=extra)


def test_logfmt_quotes_what_needs_it() -> None:
    line = Formatter().format(record(fields={"plan": "1 added", "n": 3, "ok": True, "empty": "", "nl": "a\nb"}))
    stamp, rest = line.split(" ", 1)
    assert re.fullmatch(r"ts=\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z", stamp)
    assert rest == 'level=info msg="it runs" plan="1 added" n=3 ok=true empty="" nl="a\\nb"'


@pytest.mark.parametrize(
    ("level", "name"), [(logging.DEBUG, "debug"), (logging.WARNING, "warn"), (logging.CRITICAL, "error")]
)
def test_levels_have_alloys_names(level: int, name: str) -> None:
    assert f" level={name} " in Formatter().format(record(level=level))


def test_json_is_one_line_also_with_a_traceback() -> None:
    try:
        raise ValueError("no good")
    except ValueError as error:
        made = record()
        made.exc_info = (ValueError, error, error.__traceback__)
    line = Formatter("json").format(made)
    assert "\n" not in line
    fields = json.loads(line)
    assert (fields["msg"], fields["err"]) == ("it runs", "no good")
    assert "test_logs.py" in fields["stack"]


def test_a_component_s_records_carry_its_place(caplog: pytest.LogCaptureFixture) -> None:
    logger = component_logger("m.x", "loki.write.w")
    with caplog.at_level(logging.INFO):
        logger.info("hello")
    assert " component_path=/m.x component_id=loki.write.w" in Formatter().format(caplog.records[0])


def test_the_first_lines_are_as_the_configuration_says(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logs, "_handler", handler := logs._Handler())
    root = logging.getLogger()
    before = root.level
    try:
        logs.configure()
        with logs.deferred():
            root.info("too little")
            root.warning("early")
            assert capsys.readouterr().err == ""
            logs.configure("warn", "json")
        root.warning("late")
    finally:
        root.removeHandler(handler)
        root.setLevel(before)
    assert [json.loads(line)["msg"] for line in capsys.readouterr().err.splitlines()] == ["early", "late"]
