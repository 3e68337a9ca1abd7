"""From a picture of a digit to the model's input, the same way for training and for predictions."""

import numpy
from PIL import Image, ImageOps

SIDE = 8
"""The model sees a square of SIDE x SIDE pixels."""

MOST_PIXELS = 4096 * 4096
"""Largest picture that is accepted: decompressed it must fit into the memory of a small container."""


def ink_of(picture: Image.Image) -> numpy.ndarray:
    """Return SIDE x SIDE values from 0 (paper) to 1 (ink), in one row, of a digit of any size and position.

    The corners tell the colour of the paper. The digit is cut out, centred in a square and scaled down.
    Raises ValueError if the picture is too large or has no ink.
    """
    if picture.width * picture.height > MOST_PIXELS:
        raise ValueError(
            f"the picture has {picture.width} x {picture.height} pixels: at most {MOST_PIXELS} fit"
        )
    grey = ImageOps.exif_transpose(picture)
    if grey.has_transparency_data:
        grey = Image.alpha_composite(Image.new("RGBA", grey.size, "white"), grey.convert("RGBA"))
    grey = grey.convert("L")
    corners = [grey.getpixel((x, y)) for x in (0, grey.width - 1) for y in (0, grey.height - 1)]
    if sum(corners) > 2 * 255:
        grey = ImageOps.invert(grey)
    grey = ImageOps.autocontrast(grey)
    box = grey.point(lambda value: 255 if value > 32 else 0).getbbox()
    if box is None:
        raise ValueError("the picture is blank")
    digit = grey.crop(box)
    square = ImageOps.pad(digit, (max(digit.size),) * 2, color=0)
    small = square.resize((SIDE, SIDE), Image.Resampling.BOX)
    return numpy.asarray(small, dtype=numpy.float32).reshape(-1) / 255


def picture_of(pixels: numpy.ndarray) -> Image.Image:
    """Return a picture, dark ink on white paper, of SIDE x SIDE pixels of scikit-learn's data (0 to 16)."""
    ink = numpy.asarray(pixels, dtype=numpy.float64).reshape(SIDE, SIDE) * (255 / 16)
    paper = Image.fromarray((255 - ink).round().clip(0, 255).astype(numpy.uint8))
    return paper.resize((SIDE * 16, SIDE * 16), Image.Resampling.NEAREST)
