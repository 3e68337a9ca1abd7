"""Static files of Django, by WhiteNoise."""

from collections.abc import Callable, Sequence

import pytest

from endpoints.advice import Subject, advise_on_endpoints

Advice = Callable[..., list[str]]
Subjects = Callable[..., Sequence[Subject]]

PLAIN = 'MIDDLEWARE = ["whitenoise.middleware.WhiteNoiseMiddleware"]\nSTATIC_URL = "static/"\n'


@pytest.fixture
def of_wsgi(subjects: Subjects) -> Advice:
    """Return the advice on an endpoint that serves `shop:application`."""

    def make(**files: str) -> list[str]:
        manifest = "- endpoint: {name: serve, image: x, wsgi: shop, resources: {memory: {max: 9}}}\n"
        return [str(found) for found in advise_on_endpoints(subjects(manifest, **files))]

    return make


def test_whitenoise_without_the_prefix_is_told_both_settings(of_wsgi: Advice) -> None:
    (message,) = of_wsgi(settings__py=PLAIN)
    assert message == (
        "valohai.yaml:1: serve.wsgi: WhiteNoise reads STATIC_URL before Django knows the prefix, so that no "
        'link to a static file has it; write STATIC_URL = os.environ.get("SCRIPT_NAME", "") + "/static/" and '
        'WHITENOISE_STATIC_PREFIX = "/static/"'
    )


@pytest.mark.parametrize(
    "code",
    [
        PLAIN.replace('"static/"', 'os.environ.get("SCRIPT_NAME", "") + "/static/"'),
        PLAIN + 'WHITENOISE_STATIC_PREFIX = "/static/"\n',
        "from whitenoise import WhiteNoise\napp = WhiteNoise(app)\n",
        'STATIC_URL = "static/"\n',
    ],
)
def test_a_project_that_knows_the_prefix_or_has_no_such_middleware_is_passed_over(
    of_wsgi: Advice, code: str
) -> None:
    assert of_wsgi(settings__py=code) == []


def test_a_server_command_is_passed_over(advice: Advice) -> None:
    assert advice("./serve", settings__py=PLAIN) == []
