import re
import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from endpoints.plan.address import OBJECT_NAME_LIMIT, Address
from endpoints.stack_file.values import SEGMENT_PATTERN

DNS_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?")
LABEL_VALUE = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?")
IMAGE_REFERENCE = re.compile(
    r"localhost:5000(/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)+:[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}"
)

LETTERS = string.ascii_letters + string.digits + "._-"
SEGMENTS = st.text(LETTERS, min_size=1, max_size=128).filter(lambda text: text not in (".", ".."))
# Few characters and short texts, so that different addresses come near to one another.
TIGHT_SEGMENTS = st.text("aA-.", min_size=1, max_size=3).filter(lambda text: text not in (".", ".."))
ENDPOINTS = st.builds("e{}0".format, st.text("a9-", max_size=61))
ADDRESSES = st.builds(Address, SEGMENTS, SEGMENTS, SEGMENTS, SEGMENTS, ENDPOINTS)
TIGHT_ADDRESSES = st.builds(
    Address,
    TIGHT_SEGMENTS,
    TIGHT_SEGMENTS,
    TIGHT_SEGMENTS,
    TIGHT_SEGMENTS,
    st.sampled_from(["aa", "a-a", "aaa"]),
)

DIGITS = Address("acme", "digits", "production", "20261101.0", "predict-digit")

repeatable = settings(derandomize=True, deadline=None, database=None, max_examples=100)


def test_the_prefix_is_the_address_with_a_leading_slash_and_no_trailing_one() -> None:
    assert DIGITS.prefix == "/acme/digits/production/20261101.0/predict-digit"


def test_a_url_has_one_slash_between_base_and_prefix() -> None:
    for base in ("https://models.acme.example", "https://models.acme.example/"):
        assert DIGITS.url(base) == f"https://models.acme.example{DIGITS.prefix}"


def test_names_that_are_legal_already_stay_as_they_are() -> None:
    address = Address("acme", "digits", "production", "v1", "predict-digit")

    assert address.namespace == "acme-digits-production"
    assert address.object_name == "predict-digit-v1"
    assert (
        address.image_repository("localhost:5000/") == "localhost:5000/acme/digits/production/predict-digit"
    )
    assert address.image_tag == "v1"
    assert address.labels["valohai.com/version"] == "v1"


def test_a_changed_name_stays_readable_and_gets_a_hash() -> None:
    assert re.fullmatch(r"predict-digit-20261101-0-[0-9a-f]{8}", DIGITS.object_name)


def test_versions_that_differ_in_punctuation_alone_have_different_names() -> None:
    versions = ["1.0", "1-0", "1_0", "1.0.", "1.0-"]
    names = {Address("acme", "digits", "production", version, "predict").object_name for version in versions}
    assert len(names) == len(versions)


def test_the_place_of_a_dash_matters() -> None:
    one = Address("acme-digits", "eu", "production", "v1", "predict-digit")
    other = Address("acme", "digits-eu", "production", "digit-v1", "predict")

    assert one.namespace != other.namespace
    assert one.object_name != other.object_name


def test_the_recommended_labels_are_there() -> None:
    assert DIGITS.labels == {
        "app.kubernetes.io/name": "predict-digit",
        "app.kubernetes.io/instance": DIGITS.object_name,
        "app.kubernetes.io/version": "20261101.0",
        "app.kubernetes.io/part-of": "digits",
        "app.kubernetes.io/managed-by": "pulumi",
        "valohai.com/organization": "acme",
        "valohai.com/project": "digits",
        "valohai.com/deployment": "production",
        "valohai.com/version": "20261101.0",
        "valohai.com/endpoint": "predict-digit",
    }


def test_the_selector_is_part_of_the_labels_and_holds_nothing_that_may_change() -> None:
    assert DIGITS.selector.items() <= DIGITS.labels.items()
    assert list(DIGITS.selector) == ["app.kubernetes.io/instance"]


@pytest.mark.parametrize("name", ["kube", "Digits", "_private", "a..b"])
def test_an_illegal_repository_component_is_made_legal(name: str) -> None:
    address = Address("acme", name, "production", "v1", "predict")
    assert IMAGE_REFERENCE.fullmatch(f"{address.image_repository('localhost:5000')}:{address.image_tag}")


@repeatable
@given(SEGMENTS)
def test_the_segments_of_these_tests_are_what_addresses_are_made_of(segment: str) -> None:
    assert re.fullmatch(SEGMENT_PATTERN, segment)


@repeatable
@given(ADDRESSES)
def test_every_name_is_legal_in_kubernetes(address: Address) -> None:
    assert DNS_LABEL.fullmatch(address.namespace)
    assert len(address.namespace) <= 63
    assert DNS_LABEL.fullmatch(address.object_name)
    assert len(address.object_name) <= OBJECT_NAME_LIMIT
    assert address.object_name[0].isalpha(), "a Service's name begins with a letter"
    for value in address.labels.values():
        assert LABEL_VALUE.fullmatch(value)
        assert len(value) <= 63


@repeatable
@given(ADDRESSES)
def test_every_image_reference_is_legal_and_short_enough(address: Address) -> None:
    repository = address.image_repository("localhost:5000")
    assert IMAGE_REFERENCE.fullmatch(f"{repository}:{address.image_tag}")
    assert len(repository) <= 255


@repeatable
@given(TIGHT_ADDRESSES, TIGHT_ADDRESSES)
def test_different_addresses_have_different_names(one: Address, other: Address) -> None:
    same_deployment = one.prefix.split("/")[1:4] == other.prefix.split("/")[1:4]
    same_endpoint = one.prefix.split("/")[4:] == other.prefix.split("/")[4:]

    assert (one.namespace == other.namespace) == same_deployment
    assert (one.object_name == other.object_name) == same_endpoint
    assert (one.labels == other.labels) == (one == other)
    images = [f"{address.image_repository('r.example')}:{address.image_tag}" for address in (one, other)]
    assert (images[0] == images[1]) == (one == other)
