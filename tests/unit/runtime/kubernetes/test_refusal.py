"""What is said when an API server does not do as asked."""

from __future__ import annotations

import json

import pytest

from runtime.http.client import HttpError, NotSentError
from runtime.kubernetes.refusal import Asked, no_answer, refusal


@pytest.mark.parametrize(
    ("path", "query", "said"),
    [
        ("/api/v1/pods", {}, "list pods"),
        ("/api/v1/namespaces/x/pods", {"watch": "true"}, "watch pods in namespace `x`"),
        ("/api/v1/namespaces/x/pods/y/log", {}, "get pods/log `y` in namespace `x`"),
        ("/api/v1/namespaces/x", {}, "get namespaces `x`"),
        ("/apis/networking.k8s.io/v1/ingresses", {}, "list ingresses"),
    ],
)
def test_a_path_is_told_in_the_terms_of_permissions(path: str, query: dict[str, str], said: str) -> None:
    assert str(Asked.of(path, query)) == said


FORBIDDEN = 'pods is forbidden: User "system:serviceaccount:a:b" cannot list resource "pods" in API group "" in the namespace "x"'


@pytest.mark.parametrize(
    ("path", "status", "message", "said"),
    [
        (
            "/api/v1/namespaces/x/pods",
            403,
            FORBIDDEN,
            "the service account `a/b` may not `list` `pods`, grant verb `list` on `pods` in a Role in namespace `x`",
        ),
        ("/api/v1/pods", 403, "no reason", "forbidden: no reason"),
        (
            "/api/v1/pods",
            403,
            'pods is forbidden: User "system:anonymous" cannot list resource "pods"',
            "the API server does not know who asks: give a token or a client certificate that it accepts",
        ),
        ("/api/v1/pods", 401, "Unauthorized", "the API server does not accept the token in `/t`: wrong or expired"),
        ("/apis/a.b/v1/cs", 404, "404 page not found", "the API server does not have `cs` of API group `a.b`"),
        (
            "/api/v1/namespaces/x/secrets/s",
            404,
            'secrets "s" not found',
            "there is none of that name, or no such namespace",
        ),
        (
            "/api/v1/namespaces/x/pods/p/log",
            404,
            'nodes "n" not found',
            'the API server answered 404: nodes "n" not found',
        ),
        ("/api/v1/nodes/n", 404, 'nodes "n" not found', "there is none of that name"),
        ("/api/v1/pods", 429, "", "it has too many requests"),
        ("/api/v1/pods", 500, "etcd is\ngone.", "the API server answered 500: etcd is gone"),
    ],
)
def test_a_refusal_says_what_and_why(path: str, status: int, message: str, said: str) -> None:
    text = refusal(Asked.of(path, {}), status, json.dumps({"message": message}).encode(), "the token in `/t`")
    assert text.startswith(f"cannot {Asked.of(path, {})}: ")
    assert text.endswith(said)


def test_an_answer_that_is_no_status_is_shown_as_it_is() -> None:
    assert refusal(Asked.of("/api/v1/pods", {}), 502, b"<html>\nno gateway") == (
        "cannot list pods: the API server answered 502: <html> no gateway"
    )


def test_a_server_is_not_blamed_for_what_was_never_sent() -> None:
    asked, server = Asked.of("/api/v1/pods", {}), "https://a:1"
    refused = NotSentError("cannot connect to the proxy `p:1`: connection refused")
    refused.__cause__ = ConnectionRefusedError()
    assert no_answer(asked, server, refused) == f"cannot list pods: {refused}"
    assert no_answer(asked, server, HttpError("no answer within 60s")) == (
        f"cannot list pods: API server `{server}`: no answer within 60s"
    )
