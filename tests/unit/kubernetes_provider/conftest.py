import pytest

from tests.unit.kubernetes_provider.fake_api import FakeApi


@pytest.fixture
def api() -> FakeApi:
    return FakeApi()
