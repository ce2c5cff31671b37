"""`loki.source.kubernetes_events` on a real API server: every event once, whatever happens to server, process and destination."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.e2e.cluster.agent import Agent, eventually, loki_write, restarts
from tests.e2e.cluster.client import Client, Object
from tests.e2e.cluster.cluster import Cluster
from tests.e2e.cluster.following import role_binding
from tests.e2e.cluster.proxy import Fault, Proxy
from tests.e2e.cluster.server import ApiServer
from tests.e2e.delivery.rig import Answer, Sink
from tests.e2e.delivery.test_sigkill import twice

ID = "loki.source.kubernetes_events.events"


def config(sink: Sink, kubeconfig: Path, *namespaces: str) -> str:
    names = ", ".join(f'"{name}"' for name in namespaces)
    return f"""
loki.source.kubernetes_events "events" {{
  namespaces = [{names}]
  forward_to = [loki.write.sink.receiver]
  client {{
    kubeconfig_file = "{kubeconfig}"
  }}
}}
{loki_write(sink.url)}"""


def event(namespace: str, number: int, **fields: object) -> Object:
    return {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"name": f"e{number * 7919 % 1000:03d}.{number}", "namespace": namespace},
        "involvedObject": {"kind": "Pod", "name": "web", "namespace": namespace},
        "reason": "Tested",
        "message": f"line {number}",
        "type": "Normal",
        "count": 1,
        "lastTimestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        **fields,
    }


def create(client: Client, namespace: str, numbers: Iterable[int]) -> None:
    for number in numbers:
        client.create(event(namespace, number))


def more(sink: Sink, count: int) -> None:
    eventually(lambda: len(sink.numbers) > count, "some events")


class Creating(threading.Thread):
    """Creates events, one after the other, until `stop`."""

    def __init__(self, client: Client, namespace: str) -> None:
        super().__init__(daemon=True)
        self.created = 0
        self._client, self._namespace = client, namespace
        self._enough = threading.Event()

    def run(self) -> None:
        while not self._enough.wait(0.01):
            self._client.create(event(self._namespace, self.created))
            self.created += 1

    def stop(self) -> int:
        self._enough.set()
        self.join()
        return self.created


def test_every_event_comes_once_and_in_order(api_server: ApiServer, namespace: str, tmp_path: Path) -> None:
    client = api_server.client()
    create(client, namespace, range(20))
    with Sink() as sink, Agent(tmp_path, config(sink, api_server.kubeconfig(), namespace, "no-such-one")) as agent:
        eventually(lambda: len(sink.numbers) == 20, "the list")
        create(client, namespace, range(20, 40))
        eventually(lambda: len(sink.numbers) == 40, "the watch")
        stream = f'{{instance="{ID}", job="loki.source.kubernetes_events", namespace="{namespace}"}}'
        assert dict(sink.labels) == {stream: 40}
        said = "cannot list events in namespace `no-such-one`: there is no such namespace"
        assert agent.health(ID) == ("unhealthy", said)

        # A repetition is a line. Who writes notes on an event, or deletes it, makes none; nor does what cannot be placed.
        client.patch(event(namespace, 5) | {"message": "line 40", "count": 2})
        noted = {"metadata": {**event(namespace, 6)["metadata"], "annotations": {"a": "b"}}}
        client.patch({"apiVersion": "v1", "kind": "Event", **noted})
        client.delete(event(namespace, 7))
        client.create(event(namespace, 900, lastTimestamp=None))
        client.create(event(namespace, 901, involvedObject={"kind": "Pod", "namespace": namespace}))
        create(client, namespace, [41])
        eventually(lambda: len(sink.numbers) == 42, "a repetition")
        assert sink.numbers == list(range(42))
        assert agent.records(ID, reason="no_time") == agent.records(ID, reason="no_object") == 1

        sink.answer = lambda _number, _push: Answer(503)
        create(client, namespace, range(42, 142))
        eventually(lambda: agent.records(ID, outcome="passed") == 142, "all events behind the source")
        assert len(sink.numbers) == 42
        sink.answer = lambda _number, _push: Answer()
        eventually(lambda: len(sink.numbers) == 142, "what waited")
        assert sorted(sink.numbers) == list(range(142))
        eventually(lambda: agent.balanced, "balanced books")
        agent.stop()


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM])
def test_events_while_the_process_ends_and_starts(
    api_server: ApiServer, namespace: str, tmp_path: Path, end: signal.Signals
) -> None:
    """After an orderly end nothing comes twice; after a crash what was delivered in the last moments before it.

    All namespaces are watched, and those of other tests left out behind.
    """
    creating = Creating(api_server.client(), namespace)
    kept = f"""
loki.relabel "own" {{
  forward_to = [loki.write.sink.receiver]
  rule {{
    source_labels = ["namespace"]
    regex         = "{namespace}"
    action        = "keep"
  }}
}}
"""
    with Sink() as sink:
        text = config(sink, api_server.kubeconfig()).replace("loki.write.sink.receiver", "loki.relabel.own.receiver", 1)
        with Agent(tmp_path, text + kept) as agent:
            creating.start()
            ends = restarts(agent, end, lambda: more(sink, len(sink.numbers) + 10))
            created = creating.stop()
            eventually(lambda: {*range(created)} <= {*sink.numbers}, "every event")
            eventually(lambda: agent.balanced, "balanced books")
            agent.stop()
    again = twice(sink, ends)
    assert again.share == 0 if end == signal.SIGTERM else again.noted_after < 3


def test_events_while_the_server_forgets_refuses_and_restarts(own_cluster: Cluster, tmp_path: Path) -> None:
    server, kubeconfig = own_cluster.api_server, tmp_path / "kubeconfig"
    role, binding = role_binding("default", "alice", "list", "watch", resource="events")
    with Sink() as sink, Proxy(server) as proxy:

        def use_token_of_alice() -> None:
            kubeconfig.write_bytes(server.kubeconfig(server.tokens["alice"], url=proxy.url).read_bytes())

        def everything_came(count: int) -> bool:
            return len(sink.numbers) >= count

        use_token_of_alice()
        with Agent(tmp_path, config(sink, kubeconfig, "default")) as agent:
            eventually(lambda: "verb `list` on `events`" in agent.health(ID)[1], "a refusal")
            assert agent.health(ID)[0] == "unhealthy"
            client = server.client()
            client.create(role)
            client.create(binding)
            create(client, "default", range(10))
            eventually(lambda: everything_came(10), "what was refused")

            # Watches that end, and answers that are none.
            eventually(proxy.close_watches, "an open watch")
            proxy.faults = [Fault(500, times=1), Fault(429, times=1, headers={"Retry-After": "1"}), Fault(0, times=1)]
            create(client, "default", range(10, 20))
            eventually(lambda: everything_came(20), "what happened behind faults")

            # The history goes while nobody watches. More than a page of events, and the names are in no order of time.
            proxy.down()
            create(client, "default", range(20, 140))
            own_cluster.compact()
            proxy.up()
            eventually(lambda: everything_came(140), "what the history had")
            eventually(lambda: agent.health(ID)[0] == "healthy", "health")

            client.delete(binding)
            eventually(proxy.close_watches, "an open watch")
            eventually(lambda: "grant verb `watch` on `events`" in agent.health(ID)[1], "a refusal")
            create(client, "default", range(140, 150))
            client.create(binding)
            eventually(lambda: everything_came(150), "what happened without permission")

            own_cluster.replace_tokens()
            eventually(lambda: "does not accept the credentials" in agent.health(ID)[1], "a token that ended")
            use_token_of_alice()
            create(server.client(), "default", range(150, 160))
            eventually(lambda: everything_came(160), "what happened without a token")
            eventually(lambda: agent.health(ID)[0] == "healthy", "health")
            eventually(lambda: agent.balanced, "balanced books")
            agent.stop()
            assert sorted(sink.numbers) == list(range(160))
            # And the next life knows all that.
            agent.start()
            create(server.client(), "default", [160])
            eventually(lambda: everything_came(161), "the next life")
            agent.stop()
            assert sorted(sink.numbers) == list(range(161))
