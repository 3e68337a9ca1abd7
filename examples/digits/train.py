"""Trains the model of handwritten digits and stores its weights as model.npz.

The same arguments give the same model. Its accuracy on a quarter of the pictures, which it has not seen, is
printed as JSON, which Valohai collects as metadata.
"""

import argparse
import json
import os
from pathlib import Path

import numpy
from picture import ink_of, picture_of
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hidden-units", type=int, default=64)
    parser.add_argument("--epochs", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--output", type=Path, default=Path(os.environ.get("VH_OUTPUTS_DIR", ".")))
    parser.add_argument(
        "--samples", type=Path, help="write one unseen picture of each digit to this directory"
    )
    arguments = parser.parse_args()

    digits = load_digits()
    features = numpy.stack([ink_of(picture_of(pixels)) for pixels in digits.data])
    seen, unseen, seen_digits, unseen_digits, _, unseen_pixels = train_test_split(
        features,
        digits.target,
        digits.data,
        test_size=0.25,
        random_state=arguments.seed,
        stratify=digits.target,
    )

    model = MLPClassifier((arguments.hidden_units,), random_state=arguments.seed)
    for epoch in range(1, arguments.epochs + 1):
        model.partial_fit(seen, seen_digits, classes=range(10))
        if epoch % 20 == 0 or epoch == arguments.epochs:
            accuracy = model.score(unseen, unseen_digits)
            print(json.dumps({"epoch": epoch, "loss": round(model.loss_, 4), "accuracy": round(accuracy, 4)}))

    arguments.output.mkdir(parents=True, exist_ok=True)
    names = ("hidden_weights", "output_weights", "hidden_bias", "output_bias")
    arrays = [array.astype(numpy.float32) for array in model.coefs_ + model.intercepts_]
    numpy.savez_compressed(arguments.output / "model.npz", **dict(zip(names, arrays, strict=True)))

    if arguments.samples:
        arguments.samples.mkdir(parents=True, exist_ok=True)
        for digit in range(10):
            pixels = unseen_pixels[numpy.flatnonzero(unseen_digits == digit)[0]]
            picture_of(pixels).save(arguments.samples / f"{digit}.png", optimize=True)


if __name__ == "__main__":
    main()
