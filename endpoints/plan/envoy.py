"""Writes Envoy's configuration: it lets in requests with a key, and tells browsers which pages may call.

Routes recognize the keys, and not Envoy's filter `api_key_auth`: Envoy 1.40 warns that the filter is unstable
and that its security team does not support it. Routes also answer for other origins, as its filter `cors`
does not do for answers of the proxy itself, such as 401.
https://www.envoyproxy.io/docs/envoy/v1.40.0/api-v3/config/bootstrap/v3/bootstrap.proto
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Literal

from pydantic import SecretStr

from endpoints.plan.access import KEY_HEADER
from endpoints.stack_file.access import Cors

KEY_NAME_HEADER = "X-VH-Key"
"""The request header by which the server is told the name of the key that let a request in."""

_KEY_NEEDED = "This endpoint needs a key: send it as `Authorization: Bearer KEY` or as `X-API-Key: KEY`\n"
_UNLIMITED = 2**32 - 1
_EXPRESSIONS = {"re2.max_program_size.error_level": 2**20, "re2.max_program_size.warn_level": 2**20}
"""How large a regular expression may be; Envoy's limit of 100 is less than a long key takes."""

AccessLog = Literal["text", "json", "none"]
Json = dict[str, Any]


def configuration(
    port: int,
    server: int,
    keys: Mapping[str, SecretStr],
    cors: Cors | None = None,
    access_log: AccessLog = "text",
) -> Json:
    """Return Envoy's configuration: `port` is where it listens, `server` the port of the server.

    Without `keys` everybody is let in. Nothing ends a request that takes long or a body that is large, as
    without a proxy: Envoy's limits on time and on the number of requests are taken away. Names of headers
    keep their upper case, for servers and clients that compare them with it.
    """
    manager: Json = {
        "stat_prefix": "endpoint",
        "stream_idle_timeout": "0s",
        # The headers are the router's and the server's affair.
        "server_header_transformation": "PASS_THROUGH",
        "generate_request_id": False,
        "skip_xff_append": True,
        "proxy_100_continue": True,
        "upgrade_configs": [{"upgrade_type": "websocket"}],
        "http_protocol_options": {
            "accept_http_10": True,
            "default_host_for_http_10": "endpoint",
            "enable_trailers": True,
            **_KEPT_CASE,
        },
        "access_log": list(_access_log(access_log)),
        "http_filters": [
            _filter(
                "envoy.filters.http.router", "filters.http.router.v3.Router", {"suppress_envoy_headers": True}
            ),
        ],
        "route_config": {"virtual_hosts": [_virtual_host(keys, cors)]},
    }
    listener = {
        "name": "endpoint",
        # Both families: IPv4 as well.
        "address": {"socket_address": {"address": "::", "port_value": port, "ipv4_compat": True}},
        "filter_chains": [
            {
                "filters": [
                    _filter(
                        "envoy.filters.network.http_connection_manager",
                        "filters.network.http_connection_manager.v3.HttpConnectionManager",
                        manager,
                    )
                ]
            }
        ],
    }
    return {
        "layered_runtime": {"layers": [{"name": "static", "static_layer": _EXPRESSIONS}]},
        "static_resources": {"listeners": [listener], "clusters": [_cluster(server)]},
    }


def _typed(name: str, values: Json | None = None) -> Json:
    return {"@type": f"type.googleapis.com/envoy.extensions.{name}", **(values or {})}


def _filter(name: str, type_name: str, values: Json | None = None) -> Json:
    return {"name": name, "typed_config": _typed(type_name, values)}


_KEPT_CASE: Json = {
    "header_key_format": {
        "stateful_formatter": _filter(
            "preserve_case", "http.header_formatters.preserve_case.v3.PreserveCaseFormatterConfig"
        )
    }
}


def _cluster(server: int) -> Json:
    thresholds = ("max_connections", "max_pending_requests", "max_requests", "max_retries")
    address = {"socket_address": {"address": "127.0.0.1", "port_value": server}}
    protocols = {
        # Shorter than servers keep an idle connection: they never close one that a request is just sent into.
        "common_http_protocol_options": {"idle_timeout": "1s"},
        # As the client: HTTP/2 without TLS reaches a server of gRPC as such.
        "use_downstream_protocol_config": {"http_protocol_options": _KEPT_CASE, "http2_protocol_options": {}},
    }
    return {
        "name": "server",
        "type": "STATIC",
        "circuit_breakers": {"thresholds": [dict.fromkeys(thresholds, _UNLIMITED)]},
        "load_assignment": {
            "cluster_name": "server",
            "endpoints": [{"lb_endpoints": [{"endpoint": {"address": address}}]}],
        },
        "typed_extension_protocol_options": {
            "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": _typed(
                "upstreams.http.v3.HttpProtocolOptions", protocols
            )
        },
    }


def _virtual_host(keys: Mapping[str, SecretStr], cors: Cors | None) -> Json:
    routes = list(_routes(keys))
    host: Json = {"name": "endpoint", "domains": ["*"]}
    if cors is not None:
        allowed = [_shown_to_pages(route, cors) for route in routes]
        routes = [*_preflights(cors), *allowed, *routes]
        if "*" not in cors.origins:
            host["response_headers_to_add"] = [_header("Vary", "Origin", "APPEND_IF_EXISTS_OR_ADD")]
    return {**host, "routes": routes}


def _routes(keys: Mapping[str, SecretStr]) -> Iterator[Json]:
    """Yield the routes of requests with a key, in both headers or in one, then of those without.

    A header that carries a key does not reach the server, and no client chooses the name of its key.
    """
    if not keys:
        yield {"match": {"prefix": "/"}, "route": _TO_SERVER}
        return
    exact = {name: {"exact": key.get_secret_value()} for name, key in keys.items()}
    any_bearer = _bearer(*keys.values())
    carriers = (
        *((name, {KEY_HEADER: exact[name], "Authorization": any_bearer}) for name in keys),
        *((name, {KEY_HEADER: exact[name]}) for name in keys),
        *((name, {"Authorization": _bearer(key)}) for name, key in keys.items()),
    )
    for name, headers in carriers:
        matches = [_matching(header, match) for header, match in headers.items()]
        yield {
            "match": {"prefix": "/", "headers": matches},
            "route": _TO_SERVER,
            "metadata": {"filter_metadata": {"endpoint": {"key": name}}},
            # CGI, and so WSGI, has one name for a header with a dash and one with an underscore.
            "request_headers_to_remove": [*headers, KEY_NAME_HEADER.replace("-", "_")],
            "request_headers_to_add": [_header(KEY_NAME_HEADER, name)],
        }
    refused = 'Bearer realm="endpoint", error="invalid_token"'
    for header in (KEY_HEADER, "Authorization"):
        yield _refusal([_present(header)], refused)
    yield _refusal([], 'Bearer realm="endpoint"')


def _preflights(cors: Cors) -> Iterator[Json]:
    """Yield the routes of what browsers ask before a request, which carries no key.

    https://fetch.spec.whatwg.org/#cors-preflight-request
    """
    asked = [
        _matching(":method", {"exact": "OPTIONS"}),
        _present("Origin"),
        _present("Access-Control-Request-Method"),
    ]
    answer: Json = {"match": {"prefix": "/", "headers": asked}, "direct_response": {"status": 204}}
    told = {
        "Access-Control-Allow-Methods": ", ".join(cors.methods),
        "Access-Control-Allow-Headers": ", ".join(cors.headers),
        "Access-Control-Max-Age": str(cors.max_age_seconds),
    }
    headers = [_header(name, value) for name, value in told.items()]
    yield _shown_to_pages({**answer, "response_headers_to_add": headers}, cors)
    yield answer


def _shown_to_pages(route: Json, cors: Cors) -> Json:
    """Return a route for pages that may call: browsers let them read the answer.

    What the server says of that itself stays.
    """
    is_any = "*" in cors.origins
    origins = "|".join(re.escape(origin) for origin in cors.origins)
    page = _present("Origin") if is_any else _matching("Origin", {"safe_regex": {"regex": origins}})
    told = {"Access-Control-Allow-Origin": "*" if is_any else "%REQ(Origin)%"}
    if cors.credentials:
        told["Access-Control-Allow-Credentials"] = "true"
    match = {**route["match"], "headers": [page, *route["match"].get("headers", ())]}
    headers = [_header(name, value, "ADD_IF_ABSENT") for name, value in told.items()]
    return {
        **route,
        "match": match,
        "response_headers_to_add": [*route.get("response_headers_to_add", ()), *headers],
    }


def _matching(header: str, match: Json) -> Json:
    return {"name": header, "string_match": match}


def _present(header: str) -> Json:
    return {"name": header, "present_match": True}


def _bearer(*keys: SecretStr) -> Json:
    """Match the header Authorization with one of the keys.

    https://www.rfc-editor.org/rfc/rfc6750#section-2.1
    """
    alternatives = "|".join(re.escape(key.get_secret_value()) for key in keys)
    return {"safe_regex": {"regex": f"(?i:bearer) +(?:{alternatives})"}}


_TO_SERVER = {"cluster": "server", "timeout": "0s"}


def _refusal(headers: list[Json], challenge: str) -> Json:
    return {
        "match": {"prefix": "/", "headers": headers},
        "direct_response": {"status": 401, "body": {"inline_string": _KEY_NEEDED}},
        "response_headers_to_add": [_header("WWW-Authenticate", challenge)],
    }


def _header(name: str, value: str, action: str = "OVERWRITE_IF_EXISTS_OR_ADD") -> Json:
    return {"header": {"key": name, "value": value}, "append_action": action}


def _access_log(form: AccessLog) -> Iterator[Json]:
    """Yield where and how requests are logged: as servers of `wsgi` do, with durations in whole milliseconds.

    `%METADATA(ROUTE:endpoint:key)%` is the name of the key, which no client can choose.
    """
    if form == "none":
        return
    key, remote = "%METADATA(ROUTE:endpoint:key)%", "%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%"
    request = "%REQ(:METHOD)% %REQ(:PATH)% %PROTOCOL%"
    written: Json
    if form == "json":
        entry = {
            "time": "%START_TIME(%Y-%m-%dT%H:%M:%S.%3f+00:00)%",
            "remote": remote,
            "key": key,
            "request": request,
            "status": "%RESPONSE_CODE%",
            "bytes": "%BYTES_SENT%",
            "milliseconds": "%DURATION%",
            "agent": "%REQ(USER-AGENT)%",
        }
        written = {"json_format": entry}
    else:
        line = f'{remote} {key} "{request}" %RESPONSE_CODE% %BYTES_SENT% %DURATION%ms "%REQ(USER-AGENT)%"\n'
        written = {"text_format_source": {"inline_string": line}}
    yield _filter(
        "envoy.access_loggers.stdout", "access_loggers.stream.v3.StdoutAccessLog", {"log_format": written}
    )
