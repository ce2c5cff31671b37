"""A small client of the API server: objects in their JSON form, created with their status, for threads and tests."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import urlencode

import urllib3
from urllib3.exceptions import HTTPError

__all__ = ["ApiError", "Client", "Object"]

Object: TypeAlias = dict[str, Any]
_MERGE = "application/merge-patch+json"
_DISCOVERY_SECONDS = 10.0
_CONNECTIONS = 32


class ApiError(Exception):
    """A refusal: `status` is the HTTP status or that of a watch's ERROR event, `reason` as `Forbidden`, `Expired`."""

    def __init__(self, status: int, reason: str, message: str) -> None:
        super().__init__(f"{status} {reason}: {message}")
        self.status, self.reason = status, reason


class Client:
    """Safe for several threads. Every method raises `ApiError`, or `ConnectionError` when there is no answer."""

    def __init__(self, url: str, ca: Path, token: str) -> None:
        self._url = url
        self._headers = {"Authorization": f"Bearer {token}"}
        self._http = urllib3.PoolManager(ca_certs=str(ca), maxsize=_CONNECTIONS, timeout=30.0, retries=False)
        self._resources: dict[str, dict[str, Object]] = {}

    def request(
        self, method: str, path: str, body: object = None, kind: str = "application/json", **query: object
    ) -> Any:
        """The decoded answer; a text where it is no JSON. `query` in the API's own names: `limit=5`."""
        response = self._send(method, path, body, kind, query)
        if response.headers.get("Content-Type", "").startswith("application/json"):
            return json.loads(response.data)
        return response.data.decode()

    def create(self, object: Mapping[str, Any]) -> Object:
        """The created object; a status is set in a second step, as kubelet and controllers do."""
        bare = {key: value for key, value in object.items() if key != "status"}
        made: Object = self.request("POST", self.path(object, named=False), bare)
        if "status" in object:
            made = self.set_status(object, object["status"])
        return made

    def patch(self, object: Mapping[str, Any]) -> Object:
        """Merges `object` into the one of its name, status included."""
        if "status" in object:
            self.set_status(object, object["status"])
        bare = {key: value for key, value in object.items() if key != "status"}
        patched: Object = self.request("PATCH", self.path(object), bare, _MERGE)
        return patched

    def set_status(self, object: Mapping[str, Any], status: object) -> Object:
        patched: Object = self.request("PATCH", self.path(object) + "/status", {"status": status}, _MERGE)
        return patched

    def delete(self, object: Mapping[str, Any]) -> None:
        """At once: nobody here would end a grace period or take a namespace's finalizer away."""
        path = self.path(object)
        self.request("DELETE", path, {"gracePeriodSeconds": 0, "propagationPolicy": "Background"})
        if object["kind"] == "Namespace":
            for kept in ("pods", "events", "secrets", "configmaps", "serviceaccounts"):
                self.request("DELETE", f"{path}/{kept}", {"gracePeriodSeconds": 0})
            namespace = self.request("GET", path)
            self.request("PUT", f"{path}/finalize", {**namespace, "spec": {"finalizers": []}})

    def get(self, object: Mapping[str, Any]) -> Object:
        found: Object = self.request("GET", self.path(object))
        return found

    def watch(self, path: str, resource_version: str = "", **query: object) -> Iterator[Object]:
        """The events of a collection (`/api/v1/pods`), until the server ends the watch (`timeoutSeconds=5`)."""
        query |= {"watch": 1, "resourceVersion": resource_version}
        for line in self.lines(path, **query):
            event: Object = json.loads(line)
            if event["type"] == "ERROR":
                status = event["object"]
                raise ApiError(status["code"], status["reason"], status["message"])
            yield event

    def lines(self, path: str, **query: object) -> Iterator[bytes]:
        """The lines of an answer as they come: a watch, or a log (`/api/v1/namespaces/N/pods/P/log`)."""
        response = self._send("GET", path, None, "", query, stream=True)
        rest = b""
        try:
            for chunk in response.stream(amt=None):
                *whole, rest = (rest + chunk).split(b"\n")
                yield from whole
        except HTTPError as error:
            raise ConnectionError(str(error)) from error
        finally:
            response.close()

    def account_token(self, namespace: str, account: str, seconds: int = 3600) -> str:
        """A token by TokenRequest, good for at least ten minutes."""
        path = f"/api/v1/namespaces/{namespace}/serviceaccounts/{account}/token"
        return str(self.request("POST", path, {"spec": {"expirationSeconds": seconds}})["status"]["token"])

    def path(self, object: Mapping[str, Any], named: bool = True) -> str:
        """Where the object is (or its collection), by the server's own discovery."""
        version, metadata = object["apiVersion"], object["metadata"]
        base = f"/apis/{version}" if "/" in version else f"/api/{version}"
        resource = self._resource(base, object["kind"])
        folder = f"/namespaces/{metadata.get('namespace', 'default')}" if resource["namespaced"] else ""
        path = f"{base}{folder}/{resource['name']}"
        return f"{path}/{metadata['name']}" if named else path

    def _resource(self, base: str, kind: str) -> Object:
        """A new custom resource takes a moment to be served."""
        deadline = time.monotonic() + _DISCOVERY_SECONDS
        while kind not in (known := self._resources.get(base, {})):
            try:
                listed = self.request("GET", base)["resources"]
                self._resources[base] = {item["kind"]: item for item in listed if "/" not in item["name"]}
            except ApiError as error:
                if error.status != 404:
                    raise
            if kind not in self._resources.get(base, {}):
                if time.monotonic() > deadline:
                    raise ApiError(404, "NotFound", f"no resource of kind `{kind}` in {base}")
                time.sleep(0.2)
        return known[kind]

    def _send(
        self, method: str, path: str, body: object, kind: str, query: Mapping[str, object], stream: bool = False
    ) -> urllib3.BaseHTTPResponse:
        url = f"{self._url}{path}" + (f"?{urlencode(query)}" if query else "")
        raw, headers = None, self._headers
        if body is not None:
            raw, headers = json.dumps(body).encode(), {**headers, "Content-Type": kind}
        try:
            response = self._http.request(method, url, body=raw, headers=headers, preload_content=not stream)
        except HTTPError as error:
            raise ConnectionError(str(error)) from error
        if response.status >= 400:
            raise _refusal(response.status, response.data)
        return response


def _refusal(status: int, body: bytes) -> ApiError:
    try:
        answer = json.loads(body)
    except ValueError:
        return ApiError(status, "", body.decode("utf-8", "replace"))
    return ApiError(status, answer.get("reason", ""), answer.get("message", ""))
