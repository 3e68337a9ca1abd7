"""Writes what tells pip where packages come from."""

from collections.abc import Iterator, Sequence
from urllib.parse import quote, urlsplit


def pip_configuration(
    url: str, extra_urls: Sequence[str], username: str | None = None, password: str | None = None
) -> str:
    """Return a pip.conf with the indexes; the credentials are for all that are on the host of `url`.

    An index without TLS is trusted, since pip refuses it otherwise and the stack file asks for it.
    https://pip.pypa.io/en/stable/topics/configuration/
    """
    login = "" if username is None or password is None else f"{_encoded(username)}:{_encoded(password)}@"
    host = urlsplit(url).netloc
    urls = [
        one.replace("://", f"://{login}", 1) if urlsplit(one).netloc == host else one
        for one in (url, *extra_urls)
    ]
    trusted = [urlsplit(one).netloc for one in (url, *extra_urls) if one.startswith("http://")]
    return "".join(
        [
            f"[global]\nindex-url = {urls[0]}\n",
            *_listed("extra-index-url", urls[1:]),
            *_listed("trusted-host", sorted(set(trusted))),
        ]
    )


def _encoded(text: str) -> str:
    return quote(text, safe="")


def _listed(key: str, values: Sequence[str]) -> Iterator[str]:
    if values:
        yield f"{key} =\n"
        yield from (f"    {value}\n" for value in values)
