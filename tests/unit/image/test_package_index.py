from endpoints.image.requirements import pip_configuration

URL = "https://pypi.acme.example/simple"


def test_an_index_replaces_pips_own() -> None:
    assert pip_configuration(URL, ()) == f"[global]\nindex-url = {URL}\n"


def test_credentials_are_for_the_indexs_host_alone_and_may_hold_any_character() -> None:
    others = (
        "https://pypi.acme.example/more",
        "https://pypi.acme.example:8443/other",
        "https://pypi.org/simple",
    )
    assert pip_configuration(URL, others, "me@acme", "a/b:c%d") == (
        "[global]\n"
        "index-url = https://me%40acme:a%2Fb%3Ac%25d@pypi.acme.example/simple\n"
        "extra-index-url =\n"
        "    https://me%40acme:a%2Fb%3Ac%25d@pypi.acme.example/more\n"
        "    https://pypi.acme.example:8443/other\n"
        "    https://pypi.org/simple\n"
    )


def test_an_index_without_tls_is_trusted_and_no_other() -> None:
    text = pip_configuration("http://pypi.acme.example:8080/simple", (URL,))
    assert text.endswith("trusted-host =\n    pypi.acme.example:8080\n")
