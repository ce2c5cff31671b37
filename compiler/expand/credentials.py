"""How a destination gets its secrets: never as text, always as a reference.

For a field `f` such as `auth.password`, the first that applies:

1. `fFrom` is written: that Alloy expression.
2. The destination reads a Kubernetes Secret (`secret.name` is written or `secret.create` is false), and the kind of
   authentication needs `f` or `fKey` is written: the Secret's entry `fKey`. What is no secret may be a
   literal, which wins over it.
3. A literal is written: itself when it is no secret, otherwise the environment variable `KMON_<DESTINATION>_<FIELD>`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from compiler.confidential import has_password, is_secret_header
from compiler.diagnostics import Diagnostics
from compiler.evaluate.types import Secret
from compiler.expand.errors import EmbeddedSecret, InferredAuth, LiteralSecret, MissingSecretNamespace
from compiler.expand.idioms.maps import argument, expression, header_lists, optional, text_of
from compiler.expand.printing import Code, Line, Lines, literal, object_lines
from compiler.values.document import Origin, Setting, View
from compiler.values.errors import MissingKey, UnusedKey
from compiler.values.tree import dotted

__all__ = ["Credentials", "SecretReference", "variable"]

_SECRETS = frozenset({"password", "bearerToken", "clientSecret", "key"})


def variable(destination: str, path: str) -> str:
    """The environment variable for a literal secret: `KMON_LOGS_AUTH_PASSWORD` for `auth.password` of `logs`."""
    words = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", f"kmon_{destination}_{path}")
    return re.sub(r"[^A-Za-z0-9]+", "_", words).upper()


@dataclass(frozen=True, slots=True)
class SecretReference:
    """The Kubernetes Secret that a destination reads."""

    name: Setting
    namespace: Setting | Code


@dataclass
class Credentials:
    """Reads one destination's credentials and reports what is missing. `environment` collects literal secrets."""

    name: str
    label: str
    values: View
    namespace: str
    diagnostics: Diagnostics
    environment: dict[str, Secret] = field(default_factory=dict)
    uses_secret: bool = False

    def functions(self) -> dict[str, Callable[..., object]]:
        """What the destination's template may call."""
        return {"field": self.field, "credentials": self.credentials, "tls": self.tls, "headers": self.headers}

    @property
    def external(self) -> bool:
        secret = self.values["secret"]
        name, create = secret["name"], secret["create"]
        return bool(name) or create.value is False

    def section(self, path: str) -> tuple[View, str]:
        view = self.values
        *sections, key = path.split(".")
        for section in sections:
            view = view.section(section)
        return view, key

    def field(self, path: str, *, needed: bool = False) -> Code | None:
        """The value of the field at `path` as an expression, or None when it is not given."""
        view, key = self.section(path)
        given = view.get(key)
        secret = key in _SECRETS or (given is not None and _is_secret_url(key, given))
        if computed := view.get(f"{key}From"):
            self.overruled(given, f"`{key}From` wins")
            return expression(computed)
        asked = f"{key}Key" in view and (needed or view.wrote(f"{key}Key")) and (secret or not view.wrote(key))
        if asked and self.external:
            entry = view[f"{key}Key"]
            self.overruled(given, f"entry `{entry.value}` of the Secret wins")
            return self.entry(entry, secret)
        if given is None or given.value is None or given.value == "":
            return None
        if not secret:
            return Code(literal(text_of(given)), given.origin)
        instead = f'{key}From: sys.env("{variable(self.name, path)}")' if f"{key}From" in view else ""
        return self.variable(path, given, instead, from_secret=f"{key}Key" in view)

    def overruled(self, given: Setting | None, reason: str) -> None:
        """Says that the user wrote a literal for nothing."""
        if given is not None and given.written and given.value:
            self.diagnostics.report(UnusedKey(dotted(given.path), reason), given.span)

    def entry(self, key: Setting, secret: bool) -> Code:
        """An entry of the destination's Kubernetes Secret."""
        self.uses_secret = True
        text = f"remote.kubernetes.secret.{self.label}.data[{literal(key)}]"
        return Code(text if secret else f"convert.nonsensitive({text})", key.origin)

    def variable(self, path: str, given: Setting, instead: str, *, from_secret: bool = False) -> Code:
        """The environment variable that stands for a literal secret; `instead` is what one can write for it."""
        name = variable(self.name, path)
        self.environment[name] = Secret(text_of(given))
        self.diagnostics.report(LiteralSecret(dotted(given.path), name, instead, from_secret), given.span)
        return Code(f"sys.env({literal(name)})", given.origin)

    def kind(self) -> str:
        """The kind of authentication; username and password without a kind mean `basic`, as in the chart."""
        auth = self.values["auth"]
        kind = auth["type"].value or ""
        if kind or not auth.written:
            return kind or "none"
        given = [any(auth.wrote(f"{key}{end}") for end in ("", "From")) for key in ("username", "password")]
        if not all(given):
            return "none"
        self.diagnostics.report(InferredAuth(dotted(auth.path)), auth.span)
        return "basic"

    def needed(self, path: str) -> Code | None:
        value = self.field(path, needed=True)
        if value is None:
            view, key = self.section(path)
            given = view[key]
            fact = MissingKey(dotted(given.path), f'{key}From: sys.env("…")', given.written)
            self.diagnostics.report(fact, given.span)
        return value

    def credentials(self) -> Lines:
        """The lines of `endpoint` that authenticate."""
        auth = self.values["auth"]
        match self.kind():
            case "basic":
                username = argument("username", self.needed("auth.username")).lines
                return _block(
                    "basic_auth",
                    auth["type"].origin,
                    username,
                    argument("password", self.needed("auth.password")).lines,
                )
            case "bearerToken" if auth["bearerTokenFile"]:
                return argument("bearer_token_file", auth["bearerTokenFile"])
            case "bearerToken":
                return argument("bearer_token", self.needed("auth.bearerToken"))
            case "oauth2":
                return self.oauth2(auth["oauth2"])
            case _:
                return Lines()

    def oauth2(self, values: View) -> Lines:
        if values["clientSecretFile"]:
            secret = argument("client_secret_file", values["clientSecretFile"])
        else:
            secret = argument("client_secret", self.needed("auth.oauth2.clientSecret"))
        token_url = values["tokenURL"]
        if not token_url:
            fact = MissingKey(dotted(token_url.path), "tokenURL: https://…", token_url.written)
            self.diagnostics.report(fact, token_url.span)
        parameters = {
            key: Code(literal(text_of(value)), value.origin) for key, value in values["endpointParams"].items()
        }
        return _block(
            "oauth2",
            values.origin,
            argument("client_id", self.needed("auth.oauth2.clientId")).lines,
            secret.lines,
            optional("token_url", token_url).lines,
            optional("scopes", values["scopes"]).lines,
            object_lines("endpoint_params = ", parameters).lines if parameters else (),
            argument("proxy_url", self.field("auth.oauth2.proxyURL")).lines,
            optional("no_proxy", values["noProxy"]).lines,
            optional("proxy_from_environment", values["proxyFromEnvironment"]).lines,
            header_lists("proxy_connect_header", values["proxyConnectHeader"]).lines,
            self.tls("auth.oauth2.tls").lines,
        )

    def tls(self, path: str) -> Lines:
        """`tls_config`, or nothing when no setting differs from the default."""
        view, key = self.section(path)
        values = view.section(key)
        rows: list[Line] = list(optional("insecure_skip_verify", values["insecureSkipVerify"]).lines)
        for name in ("ca", "cert", "key"):
            if file := values[f"{name}File"]:
                rows += argument(f"{name}_file", file).lines
            else:
                rows += argument(f"{name}_pem", self.field(f"{path}.{name}")).lines
        return _block("tls_config", values.origin, tuple(rows)) if rows else Lines()

    def headers(self, name: str, fixed: View, computed: View) -> Lines:
        """`name = { … }`; a header that carries a credential by its name becomes a reference like every secret."""
        fields: dict[str, object] = {}
        for header, value in fixed.items():
            if is_secret_header(header):
                path = f"header.{header}"
                instead = f'extraHeadersFrom: {{{header}: sys.env("{variable(self.name, path)}")}}'
                fields[header] = self.variable(path, value, instead)
            else:
                fields[header] = Code(literal(text_of(value)), value.origin)
        fields |= {header: expression(value) for header, value in computed.items()}
        return object_lines(f"{name} = ", dict(sorted(fields.items()))) if fields else Lines()

    def secret(self) -> SecretReference | None:
        """The Secret that the fields read so far refer to."""
        values = self.values["secret"]
        path = dotted(values.path)
        if values["embed"]:
            self.diagnostics.report(EmbeddedSecret(f"{path}.embed"), values["embed"].span)
        if not self.uses_secret:
            return None
        name = values["name"]
        if not name:
            self.diagnostics.report(MissingKey(f"{path}.name", "name: …", name.written), name.span)
        namespace: Setting | Code = values["namespace"]
        if not namespace:
            if not self.namespace:
                self.diagnostics.report(MissingSecretNamespace(path), values.span)
            namespace = Code(literal(self.namespace), name.origin)
        return SecretReference(name, namespace)


def _is_secret_url(key: str, given: Setting) -> bool:
    return key in ("url", "proxyURL") and has_password(str(given.value))


def _block(name: str, origin: Origin, *parts: tuple[Line, ...]) -> Lines:
    return Lines((Line(f"{name} {{", origin), *(row for part in parts for row in part), Line("}", origin)))
