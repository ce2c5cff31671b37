"""A new configuration in the middle of the traffic: nothing is lost, nothing arrives twice, and a bad one changes
nothing."""

from __future__ import annotations

import time
from pathlib import Path

from tests.e2e.delivery.rig import Agent, Answer, Sink, Writer, eventually, imbalances

CONFIG = """
loki.source.file "pods" {{
  targets    = {targets}
  forward_to = [loki.process.pods.receiver]
}}

loki.process "pods" {{
  forward_to = [loki.write.{write}.receiver]
  stage.cri {{ }}
  stage.static_labels {{
    values = {{ version = "{version}" }}
  }}
}}

loki.write "{write}" {{
  external_labels = {{ version = "{version}" }}
  endpoint {{
    url                = "{url}/loki/api/v1/push{suffix}"
    batch_wait         = "{wait}"
    min_backoff_period = "100ms"
    max_backoff_period = "500ms"
  }}
}}
"""
_DOWN = Answer(503)


def arrive(sink: Sink, writer: Writer, agent: Agent) -> int:
    """All lines, once, and an orderly end."""
    written = writer.stop()
    eventually(lambda: len(set(sink.numbers)) >= written, what="arrival of all lines")
    eventually(lambda: imbalances(agent.metrics()) == {}, 5, "balanced books")
    agent.stop()
    missing = set(range(written)) - set(sink.numbers)
    assert not missing, f"{len(missing)} of {written} lines lost: {agent.log[-3000:]}"
    assert len(sink.numbers) == written, f"{len(sink.numbers) - written} of {written} lines arrived twice"
    return written


def test_sighup_with_other_arguments_amid_traffic(tmp_path: Path) -> None:
    """Stages, labels, waits, destinations and names of components change while files rotate."""
    writer = Writer(tmp_path / "pods", rotate=1.0, cri=True)
    with Sink() as sink:

        def text(number: int) -> str:
            return CONFIG.format(
                targets=writer.targets(),
                write=f"sink{number // 4}",
                version=number,
                url=sink.url,
                suffix=f"?try={number // 2}",
                wait=f"{50 + number}ms",
            )

        with Agent(tmp_path, text(0)) as agent:
            agent.wait_for("configuration loaded")
            writer.start()
            for number in range(1, 10):
                time.sleep(0.4)
                agent.config.write_text(text(number))
                agent.hang_up()
            time.sleep(0.4)
            arrive(sink, writer, agent)
    assert "refused" not in agent.log
    assert len({text for text in sink.labels if "app-0" in text}) == 10


def test_a_broken_file_leaves_the_old_graph_running(tmp_path: Path) -> None:
    writer = Writer(tmp_path / "pods", rotate=1.0, cri=True)
    with Sink() as sink:
        good = CONFIG.format(targets=writer.targets(), write="sink", version=1, url=sink.url, suffix="", wait="50ms")
        with Agent(tmp_path, good) as agent:
            agent.wait_for("configuration loaded")
            writer.start()
            for bad in (
                "loki.write {",
                good.replace("stage.cri", "stage.crispy"),
                good.replace("50ms", "-1s"),
                # Everything but the last component could be applied.
                good.replace("version = ", "other = ") + 'loki.write "last" { endpoint { url = "no URL" } }',
            ):
                time.sleep(0.3)
                agent.config.write_text(bad)
                agent.hang_up()
            agent.config.unlink()
            agent.hang_up()
            time.sleep(0.3)
            arrive(sink, writer, agent)
    assert agent.log.count("configuration loaded") == 1
    assert all('version="1"' in text for text in sink.labels)


def test_a_reload_while_the_destination_is_down(tmp_path: Path) -> None:
    """Without a spool, and with full memory, the pipeline stands still: it must still take another configuration."""
    writer = Writer(tmp_path / "pods", rotate=1.0, cri=True, rate=4000)
    with Sink(lambda *_: _DOWN) as sink:
        text = CONFIG.format(targets=writer.targets(), write="sink", version=1, url=sink.url, suffix="", wait="50ms")
        text = text.replace("max_backoff_period", 'queue_config {\n capacity = "8KiB"\n }\n    max_backoff_period')
        text = text.replace("min_backoff_period", "max_backoff_retries = 0\n    min_backoff_period")
        with Agent(tmp_path, text, "--storage.spool-size=0") as agent:
            agent.wait_for("configuration loaded")
            writer.start()
            time.sleep(2)
            agent.config.write_text(text.replace("version = ", "release = "))
            began = time.monotonic()
            agent.hang_up()
            took = time.monotonic() - began
            sink.answer = lambda *_: Answer()
            arrive(sink, writer, agent)
    assert took < 5, f"the reload took {took:.1f}s"


def test_the_wrong_address_is_corrected_by_a_reload(tmp_path: Path) -> None:
    """What was queued for a destination that never was there goes to the one that takes its place."""
    writer = Writer(tmp_path / "pods", rotate=1.0, cri=True)
    with Sink() as sink, Sink(lambda *_: _DOWN) as wrong:
        text = CONFIG.format(targets=writer.targets(), write="sink", version=1, url="{url}", suffix="", wait="50ms")
        text = text.replace(
            "min_backoff_period", 'queue_config {{\n drain_timeout = "500ms"\n }}\n    min_backoff_period'
        )
        with Agent(tmp_path, text.replace("{url}", wrong.url).replace("{{", "{").replace("}}", "}")) as agent:
            agent.wait_for("configuration loaded")
            writer.start()
            time.sleep(2)
            agent.config.write_text(text.replace("{url}", sink.url).replace("{{", "{").replace("}}", "}"))
            agent.hang_up()
            arrive(sink, writer, agent)
