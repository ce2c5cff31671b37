"""The HTTP client that components share: its arguments, and what they become.

    validate(arguments, "endpoint")            in a component's `__init__`
    async with HttpClient(arguments) as http:  in its `run`
        await http.request("POST", url, body=…, headers=…, seconds=…)
    await fetch(arguments, url, seconds=…)     one whole answer
    class Http(Page[Arguments])                a component that exports the text behind a URL

Everything that needs aiohttp imports it when it is used.
"""

from runtime.http.arguments import Authorization, BasicAuth, ClientArguments, OAuth2, TLSConfig, validate

__all__ = ["Authorization", "BasicAuth", "ClientArguments", "OAuth2", "TLSConfig", "validate"]
