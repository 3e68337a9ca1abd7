"""Tells which digit a picture shows: the Flask application behind the endpoint `predict-digit`."""

import io
import json
from pathlib import Path

import numpy
from flask import Flask, Response, jsonify, render_template, request
from picture import SIDE, ink_of, picture_of
from PIL import Image, UnidentifiedImageError
from werkzeug.exceptions import BadRequest, HTTPException, UnsupportedMediaType

app = Flask(__name__)
app.config["MAX_CONTENT_LENGTH"] = 5 * 1024 * 1024
# The endpoint's URL has no slash at its end; it must answer a POST itself, not redirect it.
app.url_map.strict_slashes = False

# Weights alone: unlike a pickle, this file cannot run code and needs no scikit-learn.
model = dict(numpy.load(Path(__file__).parent / "model.npz", allow_pickle=False))


def probabilities_of(ink: numpy.ndarray) -> numpy.ndarray:
    """Return the probability of each digit, for the values that `ink_of` gives."""
    hidden = numpy.maximum(ink @ model["hidden_weights"] + model["hidden_bias"], 0)
    scores = hidden @ model["output_weights"] + model["output_bias"]
    exponentials = numpy.exp(scores - scores.max())
    return exponentials / exponentials.sum()


def picture_from_pixels(body: object) -> Image.Image:
    """Return the picture of a JSON body {"pixels": [...]}, as scikit-learn's data hold it."""
    pixels = body.get("pixels") if isinstance(body, dict) else None
    expected = f'send {{"pixels": [...]}} with {SIDE * SIDE} numbers from 0 (paper) to 16 (ink)'
    if not isinstance(pixels, list) or len(pixels) != SIDE * SIDE:
        raise BadRequest(expected)
    if not all(type(value) in (int, float) and 0 <= value <= 16 for value in pixels):
        raise BadRequest(expected)
    return picture_of(numpy.array(pixels))


def picture_of_request() -> Image.Image:
    """Return the picture that was sent: a form's file, JSON pixels, or the body itself."""
    if request.is_json:
        return picture_from_pixels(request.get_json())
    if request.mimetype == "multipart/form-data":
        if "picture" not in request.files:
            raise BadRequest("the form has no file named picture")
        content = request.files["picture"].read()
    else:
        content = request.get_data()
    if not content:
        raise BadRequest("no picture was sent: send it as the body, or as the file named picture of a form")
    try:
        picture = Image.open(io.BytesIO(content), formats=("PNG", "JPEG", "WEBP", "BMP"))
        picture.load()
    except UnidentifiedImageError:
        raise UnsupportedMediaType("this is no PNG, JPEG, WebP or BMP picture") from None
    except (OSError, SyntaxError, Image.DecompressionBombError) as error:
        raise BadRequest(f"the picture cannot be read: {error}") from None
    return picture


@app.get("/")
def page() -> str:
    return render_template("page.html")


@app.post("/")
def predict() -> Response:
    picture = picture_of_request()
    try:
        ink = ink_of(picture)
    except ValueError as error:
        raise BadRequest(str(error)) from None
    probabilities = probabilities_of(ink)
    digit = int(probabilities.argmax())
    print(json.dumps({"vh_metadata": {"digit": digit, "probability": round(float(probabilities[digit]), 4)}}))
    return jsonify(
        digit=digit,
        probabilities={str(digit): round(float(value), 4) for digit, value in enumerate(probabilities)},
    )


@app.errorhandler(HTTPException)
def explain(error: HTTPException) -> tuple[Response, int]:
    return jsonify(error=error.description), error.code or 500
