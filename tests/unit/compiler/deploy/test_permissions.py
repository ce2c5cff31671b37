"""What components ask the API server for."""

from __future__ import annotations

import pytest

from compiler.catalog import BodySchema, load_catalog
from compiler.deploy.permissions import Permission, permissions
from compiler.deploy.requirements import Resource, load_requirements
from tests.unit.compiler.deploy.graphs import asked, granted_rules, graph

SERVICE_ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount/token"
ECHO = 'loki.echo "out" { }'


def discovery(role: str, body: str = "") -> str:
    return f'discovery.kubernetes "d" {{\n role = "{role}"\n {body}\n}}\n'


@pytest.mark.parametrize(
    ("role", "resources"),
    [
        ("pod", ["pods"]),
        ("node", ["nodes"]),
        ("service", ["services"]),
        ("endpoints", ["endpoints", "pods", "services"]),
        ("endpointslice", ["pods", "services", "endpointslices.discovery.k8s.io"]),
        ("ingress", ["ingresses.networking.k8s.io"]),
    ],
)
def test_a_discovery_watches_what_its_role_is_made_of(role: str, resources: list[str]) -> None:
    assert asked(discovery(role)) == [f"list,watch {resource}" for resource in resources]


def test_attached_metadata_is_watched_too_where_a_role_has_any() -> None:
    attach = "attach_metadata {\n node = true\n namespace = true\n }"
    assert asked(discovery("pod", attach)) == ["list,watch namespaces", "list,watch nodes", "list,watch pods"]
    assert asked(discovery("service", attach)) == ["list,watch namespaces", "list,watch services"]
    assert asked(discovery("node", attach)) == ["list,watch nodes"]


def test_fixed_namespaces_limit_all_but_what_belongs_to_none() -> None:
    body = 'namespaces {\n names = ["a", "b"]\n own_namespace = true\n }\n attach_metadata {\n node = true\n }'
    assert asked(discovery("pod", body)) == ["list,watch nodes", "list,watch pods in a, b, own"]


def test_namespaces_that_only_running_shows_are_all_of_them() -> None:
    text = discovery("pod", 'namespaces {\n names = [sys.env("A")]\n }')
    assert asked(text) == ["list,watch pods"]
    assert not any(one.known for one in permissions(graph(text)))


@pytest.mark.parametrize(
    ("body", "asks"),
    [
        ('kubeconfig_file = "/k"', False),
        ('api_server = "https://x"', False),
        (f'api_server = "https://x"\n bearer_token_file = "{SERVICE_ACCOUNT}"', True),
        ('kubeconfig_file = ""', True),
    ],
)
def test_who_has_other_credentials_asks_for_nothing_here(body: str, asks: bool) -> None:
    assert bool(asked(discovery("pod", body))) is asks
    client = (
        f'loki.source.kubernetes_events "e" {{\n forward_to = [loki.echo.out.receiver]\n client {{\n {body}\n }}\n}}\n'
    )
    assert bool(asked(client + ECHO)) is asks


def test_logs_are_read_where_the_targets_were_discovered() -> None:
    logs = 'loki.source.kubernetes "l" {\n targets = discovery.relabel.r.output\n forward_to = [loki.echo.out.receiver]\n}\n'
    relabel = 'discovery.relabel "r" {\n targets = discovery.kubernetes.d.targets\n}\n'
    everywhere = asked(discovery("pod") + relabel + logs + ECHO)
    assert everywhere == ["get,list,watch pods", "get pods/log"]
    some = asked(discovery("pod", 'namespaces {\n names = ["a"]\n }') + relabel + logs + ECHO)
    assert some == ["get,list,watch pods in a", "get pods/log in a"]


def test_a_secret_is_named_and_its_namespace_fixed() -> None:
    secret = 'remote.kubernetes.secret "s" {\n namespace = "vault"\n name = "loki"\n}\n'
    found = permissions(graph(secret + secret.replace('secret "s"', 'secret "t"').replace("loki", "mimir")))
    assert granted_rules(list(found)) == [("vault", ["get secrets loki,mimir"])]
    unknown = secret.replace('"vault"', 'sys.env("NS")').replace('"loki"', 'sys.env("NAME")')
    assert asked(unknown) == ["get secrets"]


def test_the_token_is_shown_to_kubelets_and_to_others() -> None:
    scrape = f'prometheus.scrape "s" {{\n targets = TARGETS\n forward_to = []\n bearer_token_file = "{SERVICE_ACCOUNT}"\n}}\n'
    nodes = scrape.replace("TARGETS", "discovery.kubernetes.d.targets") + discovery("node")
    assert asked(nodes) == ["get nodes/metrics", "list,watch nodes"]
    others = scrape.replace("TARGETS", '[{"__address__" = "kubernetes.default.svc"}]')
    assert asked(others) == ["get /metrics"]
    assert asked(others.replace(SERVICE_ACCOUNT, "/token")) == []


def test_what_is_extracted_decides_what_is_watched() -> None:
    attributes = 'otelcol.processor.k8sattributes "k" {\n BODY\n output { }\n}\n'
    assert asked(attributes.replace("BODY", "")) == ["list,watch pods"]
    body = 'extract {\n metadata = ["k8s.node.uid"]\n label {\n from = "namespace"\n key = "team"\n }\n }'
    assert asked(attributes.replace("BODY", body)) == ["list,watch namespaces", "list,watch nodes", "list,watch pods"]
    assert asked(attributes.replace("BODY", "passthrough = true")) == []
    assert asked(attributes.replace("BODY", 'filter {\n namespace = "shop"\n }')) == ["list,watch pods in shop"]


def test_a_service_that_is_balanced_is_watched_in_its_namespace() -> None:
    protocol = "protocol {\n otlp {\n client { }\n }\n }"
    resolver = 'resolver {\n kubernetes {\n service = "NAME"\n }\n }'
    text = f'otelcol.exporter.loadbalancing "l" {{\n {resolver}\n {protocol}\n}}'
    assert asked(text.replace("NAME", "tempo.traces")) == ["list,watch endpointslices.discovery.k8s.io in traces"]
    assert asked(text.replace("NAME", "tempo")) == ["list,watch endpointslices.discovery.k8s.io in own"]


def test_modules_count_with_what_is_inside_once() -> None:
    text = 'declare "m" {\n loki.source.kubernetes_events "e" {\n forward_to = []\n }\n}\nm "a" { }\nm "b" { }\n'
    assert asked(text) == ["list,watch events"]


def test_every_component_of_the_file_exists_with_the_arguments_that_it_names() -> None:
    def has(body: BodySchema, path: str) -> bool:
        for name in path.split("."):
            if name in body.attributes:
                return True
            body = body.blocks[name].body
        return True

    for name, one in load_requirements().items():
        schema = load_catalog().get(name)
        assert schema is not None, name
        paths = [one.namespaces, one.own, one.service, one.targets, one.names, *(one.when or {})]
        paths += [path for when in one.state.values() for path in when or ()]
        paths += [path for need in one.needs for path in (need.url, *(need.when or {}))]
        paths += [*one.host_patterns, *one.host_folders, *one.host_files]
        paths += [path for listed in (one.listens or {}).values() for path in listed]
        paths += [part for variable in one.environment for part in (variable.argument, *(variable.when or {}))]
        paths += [one.client] if one.client not in ("", ".") else []
        assert all(has(schema.body, path) for path in paths if path), name


def test_every_component_with_a_client_of_the_api_has_its_needs() -> None:
    catalog, known = load_catalog(), load_requirements()
    for name in catalog.names:
        schema = catalog.get(name)
        assert schema is not None
        bodies = {".": schema.body}
        if "client" in schema.body.blocks:
            bodies["client"] = schema.body.blocks["client"].body
        for place, body in bodies.items():
            if "kubeconfig_file" in body.attributes:
                assert known[name].client == place, name
                assert known[name].needs, name


def test_rules_are_few_and_say_the_same() -> None:
    pods, logs = Resource("", "pods"), Resource("", "pods/log")
    found = [Permission(verb, pods) for verb in ("list", "watch")]
    found += [Permission("get", one, "a") for one in (pods, logs)]
    found += [Permission("list", pods, "a"), Permission("get", Resource("", ""), url="/metrics")]
    assert granted_rules(found) == [("", ["get /metrics", "list,watch pods"]), ("a", ["get pods,pods/log"])]
    secrets = Resource("", "secrets")
    assert granted_rules([Permission("get", secrets, "a"), Permission("get", secrets, "a", "s")]) == [
        ("a", ["get secrets"])
    ]
