import pytest

from compiler.diagnostics import Diagnostics, Source
from compiler.evaluate.types import Secret
from compiler.expand.credentials import Credentials, variable
from compiler.values import load, validate


def credentials(text: str, namespace: str = "") -> Credentials:
    diagnostics = Diagnostics()
    source = Source("v", f"destinations: {{my-logs: {{type: loki, url: http://x, {text}}}}}\n")
    document = validate(load(source, diagnostics), diagnostics)
    assert not diagnostics.found
    return Credentials("my-logs", "my_logs", document.view()["destinations"]["my-logs"], namespace, diagnostics)


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("auth.password", "KMON_MY_LOGS_AUTH_PASSWORD"),
        ("auth.oauth2.clientSecret", "KMON_MY_LOGS_AUTH_OAUTH2_CLIENT_SECRET"),
        ("header.X-Api-Key", "KMON_MY_LOGS_HEADER_X_API_KEY"),
    ],
)
def test_variables_have_predictable_names(path: str, name: str) -> None:
    assert variable("my-logs", path) == name


@pytest.mark.parametrize(
    ("text", "field", "expression"),
    [
        ("tenantId: 12", "tenantId", '"12"'),
        ('tenantIdFrom: sys.env("T")', "tenantId", 'sys.env("T")'),
        ("", "tenantId", None),
        ("secret: {name: s}", "tenantId", None),
        (
            "secret: {name: s}, tenantIdKey: t",
            "tenantId",
            'convert.nonsensitive(remote.kubernetes.secret.my_logs.data["t"])',
        ),
        ("secret: {name: s}, tenantIdKey: t, tenantId: a", "tenantId", '"a"'),
        ("auth: {password: p}", "auth.password", 'sys.env("KMON_MY_LOGS_AUTH_PASSWORD")'),
        ("secret: {name: s}, auth: {passwordKey: k}", "auth.password", 'remote.kubernetes.secret.my_logs.data["k"]'),
        ("secret: {name: s}, auth: {passwordFrom: a.b}", "auth.password", "a.b"),
    ],
)
def test_a_field_is_read_from_the_first_place_that_has_it(text: str, field: str, expression: str | None) -> None:
    found = credentials(text).field(field)
    assert (found.text if found else None) == expression


def test_a_literal_secret_is_kept_out_of_the_text() -> None:
    reader = credentials("auth: {type: basic, username: u, password: hunter2}")
    text = "\n".join(line.text for line in reader.credentials().lines)
    assert "hunter2" not in text
    assert reader.environment == {"KMON_MY_LOGS_AUTH_PASSWORD": Secret("hunter2")}
    assert [d.code for d in reader.diagnostics] == ["KM133"]
    assert "hunter2" not in str(reader.diagnostics.found[0].message)


@pytest.mark.parametrize(
    ("auth", "first"),
    [
        ("{type: basic, username: u, passwordFrom: x}", "basic_auth {"),
        ("{username: u, passwordFrom: x}", "basic_auth {"),
        ("{type: bearerToken, bearerTokenFrom: x}", "bearer_token = x"),
        ("{type: bearerToken, bearerTokenFile: /t}", 'bearer_token_file = "/t"'),
        ("{type: oauth2, oauth2: {clientId: c, clientSecretFile: /s, tokenURL: http://u}}", "oauth2 {"),
        ("{type: none, username: u}", None),
        ("{username: u}", None),
    ],
)
def test_kinds_of_authentication(auth: str, first: str | None) -> None:
    lines = credentials(f"auth: {auth}").credentials().lines
    assert (lines[0].text if lines else None) == first


@pytest.mark.parametrize(
    ("text", "field", "expression"),
    [
        ("proxyURL: http://u:p@proxy", "proxyURL", 'sys.env("KMON_MY_LOGS_PROXY_URL")'),
        ("proxyURL: http://proxy", "proxyURL", '"http://proxy"'),
        ("proxyURL: http://u@proxy", "proxyURL", '"http://u@proxy"'),
        ("tenantId: http://u:p@t", "tenantId", '"http://u:p@t"'),
    ],
)
def test_an_url_with_a_password_is_a_secret(text: str, field: str, expression: str) -> None:
    found = credentials(text).field(field)
    assert found is not None
    assert found.text == expression


@pytest.mark.parametrize(
    ("text", "field", "message"),
    [
        (
            "auth: {password: p, passwordFrom: a.b}",
            "auth.password",
            "`destinations.my-logs.auth.password` changes nothing: `passwordFrom` wins",
        ),
        (
            "auth: {password: p, passwordKey: k}, secret: {name: s}",
            "auth.password",
            "`destinations.my-logs.auth.password` changes nothing: entry `k` of the Secret wins",
        ),
        (
            'urlFrom: sys.env("U")',
            "url",
            "`destinations.my-logs.url` changes nothing: `urlFrom` wins",
        ),
    ],
)
def test_a_literal_that_is_overruled_is_said(text: str, field: str, message: str) -> None:
    reader = credentials(text)
    reader.field(field)
    assert [d.message for d in reader.diagnostics] == [message]


@pytest.mark.parametrize(
    ("text", "help_"),
    [
        (
            "auth: {password: p}",
            'write `passwordFrom: sys.env("KMON_MY_LOGS_AUTH_PASSWORD")`, or name a Kubernetes Secret in `secret.name`',
        ),
        (
            "proxyURL: http://u:p@h",
            "set `KMON_MY_LOGS_PROXY_URL` where the text runs, and take the secret out of the values",
        ),
    ],
)
def test_help_for_a_literal_secret_names_what_there_is(text: str, help_: str) -> None:
    reader = credentials(text)
    reader.field("auth.password" if "auth" in text else "proxyURL")
    assert [d.help for d in reader.diagnostics] == [help_]


def test_help_for_a_secret_header_can_be_typed() -> None:
    reader = credentials("extraHeaders: {X-Token: t, X-Count: 5}")
    values = reader.values
    lines = [line.text for line in reader.headers("headers", values["extraHeaders"], values["extraHeadersFrom"]).lines]
    assert lines == ["headers = {", '"X-Count" = "5",', '"X-Token" = sys.env("KMON_MY_LOGS_HEADER_X_TOKEN"),', "}"]
    assert [d.help for d in reader.diagnostics] == [
        'write `extraHeadersFrom: {X-Token: sys.env("KMON_MY_LOGS_HEADER_X_TOKEN")}`'
    ]


def test_the_secret_needs_a_name_and_a_namespace() -> None:
    reader = credentials("auth: {type: bearerToken}, secret: {create: false}")
    reader.credentials()
    assert reader.secret() is not None
    assert [d.code for d in reader.diagnostics] == ["KM109", "KM136"]
    reader = credentials("auth: {type: bearerToken}, secret: {create: false, name: s}", namespace="monitoring")
    reader.credentials()
    reference = reader.secret()
    assert reference is not None
    assert not reader.diagnostics.found


def test_without_a_read_there_is_no_secret() -> None:
    reader = credentials("secret: {name: s}")
    reader.credentials()
    assert reader.secret() is None


def test_tls_prefers_files() -> None:
    lines = [line.text for line in credentials("tls: {ca: A, caFile: /ca, cert: C}").tls("tls").lines]
    assert lines == ["tls_config {", 'ca_file = "/ca"', 'cert_pem = "C"', "}"]
    assert not credentials("").tls("tls").lines
