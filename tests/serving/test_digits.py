"""The example project, served as its endpoints are."""

import io
from pathlib import Path

import httpx
import pytest
from PIL import Image, ImageOps

from endpoints.manifest import ServerCommand, load_manifest
from tests.serving.conftest import ADDRESS, StartServer
from tests.serving.processes import TIME_LIMIT, ServerProcess

DIGITS = Path(__file__).parents[2] / "examples" / "digits"
SAMPLES = DIGITS / "samples"
PNG = {"Content-Type": "image/png"}
FORM_WITHOUT_FILE = b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\nb\r\n--x--'


def endpoint_url(server: ServerProcess) -> str:
    return f"http://127.0.0.1:{server.port}{ADDRESS.prefix}"


@pytest.fixture(scope="module")
def url(start_server: StartServer) -> str:
    endpoint = load_manifest(DIGITS / "valohai.yaml").endpoint("predict-digit")
    assert endpoint is not None
    return endpoint_url(start_server(endpoint.server, directory=DIGITS))


@pytest.fixture(scope="module")
def greeting_url(start_server: StartServer) -> str:
    endpoint = load_manifest(DIGITS / "valohai.yaml").endpoint("greet")
    assert endpoint is not None and isinstance(endpoint.server, ServerCommand)
    commands = tuple(command.replace("--port 8000", "--port $PORT") for command in endpoint.server.commands)
    server = start_server(ServerCommand(commands), directory=DIGITS, wait=False)
    server.wait_for_answer(ADDRESS.prefix)
    return endpoint_url(server)


def post(url: str, content: bytes, headers: dict[str, str]) -> httpx.Response:
    return httpx.post(url, content=content, headers=headers, timeout=TIME_LIMIT)


def png(picture: Image.Image) -> bytes:
    content = io.BytesIO()
    picture.save(content, "PNG")
    return content.getvalue()


@pytest.mark.parametrize("digit", range(10))
def test_every_sample_is_told_right(url: str, digit: int) -> None:
    answer = post(url, (SAMPLES / f"{digit}.png").read_bytes(), PNG)
    assert answer.status_code == 200, answer.text
    probabilities = answer.json()["probabilities"]
    assert answer.json()["digit"] == digit
    assert list(probabilities) == list("0123456789")
    assert sum(probabilities.values()) == pytest.approx(1, abs=0.001)
    assert max(probabilities, key=probabilities.get) == str(digit)


def test_a_picture_can_come_in_a_form(url: str) -> None:
    with (SAMPLES / "3.png").open("rb") as picture:
        answer = httpx.post(url, files={"picture": picture}, timeout=TIME_LIMIT)
    assert answer.json()["digit"] == 3


def test_size_position_and_colours_of_a_picture_do_not_matter(url: str) -> None:
    with Image.open(SAMPLES / "7.png") as sample:
        sample.load()
    page = Image.new("L", (700, 500), 255)
    page.paste(sample, (500, 40))
    inverted = ImageOps.invert(sample.convert("L"))
    for picture in (page, inverted, sample.convert("RGB").resize((1000, 1000)), sample.convert("RGBA")):
        assert post(url, png(picture), PNG).json()["digit"] == 7


def test_pixels_can_come_as_json(url: str) -> None:
    with Image.open(SAMPLES / "4.png") as sample:
        pixels = [(255 - value) * 16 / 255 for value in sample.resize((8, 8), Image.Resampling.BOX).tobytes()]
    answer = httpx.post(url, json={"pixels": pixels}, timeout=TIME_LIMIT)
    assert answer.json()["digit"] == 4


@pytest.mark.parametrize(
    ("content", "kind", "status", "message"),
    [
        (b"", "image/png", 400, "no picture was sent"),
        (b"not a picture", "image/png", 415, "this is no PNG"),
        ((SAMPLES / "7.png").read_bytes()[:120], "image/png", 400, "cannot be read"),
        (png(Image.new("L", (50, 50), 255)), "image/png", 400, "the picture is blank"),
        (png(Image.new("1", (5000, 5000), 1)), "image/png", 400, "5000 x 5000 pixels"),
        (b"\0" * (5 * 1024 * 1024 + 1), "image/png", 413, "exceeds the capacity limit"),
        (b'{"pixels": [1, 2]}', "application/json", 400, "64 numbers from 0 (paper) to 16 (ink)"),
        (f'{{"pixels": {[17] * 64}}}'.encode(), "application/json", 400, "64 numbers from 0"),
        (b'{"pixels": [' + b'"1",' * 63 + b'"1"]}', "application/json", 400, "64 numbers from 0"),
        (b"[1, 2", "application/json", 400, "could not understand"),
        (FORM_WITHOUT_FILE, "multipart/form-data; boundary=x", 400, "no file named picture"),
    ],
)
def test_what_is_no_digit_is_told_what_was_expected(
    url: str, content: bytes, kind: str, status: int, message: str
) -> None:
    answer = post(url, content, {"Content-Type": kind})
    assert answer.status_code == status, answer.text
    assert message in answer.json()["error"]


def test_the_page_refers_to_the_prefix_that_it_came_by(url: str) -> None:
    alias = ADDRESS.prefix.replace("20261101.0", "latest")
    page = httpx.get(url.replace("20261101.0", "latest"), timeout=TIME_LIMIT)
    assert f'action="{alias}/"' in page.text


def test_the_other_endpoint_greets_under_its_prefix_only(greeting_url: str) -> None:
    answer = httpx.get(greeting_url, params={"name": "Ada"}, timeout=TIME_LIMIT)
    assert answer.json() == {"greeting": "Hello, Ada!", "prefix": ADDRESS.prefix}
    assert httpx.get(f"{greeting_url}2", timeout=TIME_LIMIT).status_code == 404


def test_the_image_does_not_hold_the_committed_model_by_itself() -> None:
    assert "model.npz" in (DIGITS / ".dockerignore").read_text().splitlines()
    endpoint = load_manifest(DIGITS / "valohai.yaml").endpoint("predict-digit")
    assert endpoint is not None and [file.path for file in endpoint.files] == ["model.npz"]
