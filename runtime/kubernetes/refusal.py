"""What to say when an API server does not do what it was asked: what could not be done, why, and what to grant or to check."""

from __future__ import annotations

import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

from runtime.http.client import HttpError, NotSentError

__all__ = ["Asked", "no_answer", "refusal"]

_USER = re.compile(r'User "([^"]+)" cannot')
_SERVICE_ACCOUNT = "system:serviceaccount:"


@dataclass(frozen=True, slots=True)
class Asked:
    """A GET in the terms of permissions: verb, API group (empty for the core), resource (`pods/log`), where."""

    verb: str
    group: str
    resource: str
    namespace: str
    name: str

    @classmethod
    def of(cls, path: str, query: Mapping[str, str]) -> Asked:
        """`path` is an API path such as `/api/v1/namespaces/x/pods/y/log`."""
        _, root, *rest = path.split("/")
        group = rest.pop(0) if root == "apis" else ""
        del rest[:1]  # the version
        namespace = ""
        if rest[:1] == ["namespaces"] and len(rest) > 2:
            namespace = rest[1]
            del rest[:2]
        plural, name, *sub = [*rest, "", ""][: max(len(rest), 2)]
        verb = "watch" if query.get("watch") else "get" if name else "list"
        return cls(verb, group, "/".join([plural, *sub]), namespace, name)

    def __str__(self) -> str:
        what = f"{self.resource} `{self.name}`" if self.name else self.resource
        return f"{self.verb} {what}" + (f" in namespace `{self.namespace}`" if self.namespace else "")


class _Status(msgspec.Struct):
    """The API's own account of a failure."""

    message: str = ""


def refusal(asked: Asked, status: int, body: bytes, credentials: str = "the credentials") -> str:
    """One line for an answer that is not 2xx, to who showed `credentials`."""
    try:
        reason = msgspec.json.decode(body, type=_Status).message
    except msgspec.DecodeError:
        reason = body[:200].decode("utf-8", "replace")
    reason = " ".join(reason.split()).rstrip(".")
    why = f"the API server answered {status}" + (f": {reason}" if reason else "")
    match status:
        case 401:
            why = f"the API server does not accept {credentials}: wrong or expired"
        case 403:
            why = _forbidden(asked, reason)
        case 404 if not asked.name:
            group = f" of API group `{asked.group}`" if asked.group else ""
            why = f"the API server does not have `{asked.resource}`{group}"
        case 404 if "/" not in asked.resource:
            why = "there is none of that name" + (", or no such namespace" if asked.namespace else "")
        case 429:
            why = "the API server asks to wait, it has too many requests"
        case _:
            pass
    return f"cannot {asked}: {why}"


def _forbidden(asked: Asked, reason: str) -> str:
    match = _USER.search(reason)
    if match is None:
        return f"forbidden: {reason}"
    user = match[1]
    if user == "system:anonymous":
        return "the API server does not know who asks: give a token or a client certificate that it accepts"
    if user.startswith(_SERVICE_ACCOUNT):
        who = f"the service account `{user.removeprefix(_SERVICE_ACCOUNT).replace(':', '/')}`"
    else:
        who = f"user `{user}`"
    rule = f"verb `{asked.verb}` on `{asked.resource}`" + (f" of API group `{asked.group}`" if asked.group else "")
    role = f"a Role in namespace `{asked.namespace}`" if asked.namespace else "a ClusterRole"
    return f"{who} may not `{asked.verb}` `{asked.resource}`, grant {rule} in {role}"


def no_answer(asked: Asked, server: str, error: HttpError) -> str:
    """One line for a server that cannot be spoken to."""
    if isinstance(error, NotSentError):
        return f"cannot {asked}: {error}"
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return f"cannot {asked}: {error}"
        if isinstance(cause, ConnectionRefusedError):
            return f"cannot {asked}: no API server answers at `{server}`: connection refused"
        cause = cause.__cause__ or cause.__context__
    return f"cannot {asked}: API server `{server}`: {error}"
