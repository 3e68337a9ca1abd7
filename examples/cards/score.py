"""Scores a payment: `GET .../score?amount=120&country=FI`."""

import json
from urllib.parse import parse_qs

USUAL_COUNTRIES = {"FI", "SE", "EE"}


def application(environ, start_response):
    query = parse_qs(environ.get("QUERY_STRING", ""))
    amount = float(query.get("amount", ["0"])[0])
    country = query.get("country", ["FI"])[0]
    score = min(1.0, amount / 10_000 + (0.0 if country in USUAL_COUNTRIES else 0.3))
    start_response("200 OK", [("Content-Type", "application/json")])
    return [json.dumps({"score": round(score, 3)}).encode()]
