"""What is sent to an endpoint that has come up, and what must come back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

SHOWN_CHARACTERS = 300
"""How much of a wrong answer's body an error shows: the beginning of a traceback, or of a page of HTML."""


@dataclass(frozen=True)
class Expectation:
    """What an answer must be: of one of the `statuses` (`204`, or `2xx`), and with `contains` in its body."""

    statuses: Sequence[str]
    contains: str | None = None

    def __str__(self) -> str:
        part = "" if self.contains is None else f" and a body with {self.contains!r}"
        return f"status {' or '.join(self.statuses)}{part}"

    def is_met_by(self, answer: "Answer") -> bool:
        """Tell whether the answer is as expected."""
        allowed = {str(answer.status), f"{answer.status // 100}xx"}
        return bool(allowed & set(self.statuses)) and (
            self.contains is None or self.contains in answer.body.decode(errors="replace")
        )


@dataclass(frozen=True)
class SmokeRequest:
    """One request. `url` is whole; `secret_headers` are those whose values no message may show.

    `timeout_seconds` is how long one answer may take, `retry_seconds` how long wrong ones are put up with.
    """

    url: str
    method: str
    headers: Mapping[str, str]
    expectation: Expectation
    timeout_seconds: float
    retry_seconds: float
    body: bytes | None = None
    secret_headers: Mapping[str, str] = field(default_factory=dict, repr=False)

    def __str__(self) -> str:
        return f"{self.method} {self.url}"

    @property
    def all_headers(self) -> Mapping[str, str]:
        """The headers to send."""
        return {**self.headers, **self.secret_headers}


@dataclass(frozen=True)
class Answer:
    """What came back: the status with its phrase, and the body as it was sent."""

    status: int
    reason: str
    body: bytes = field(repr=False)

    def shown(self, hidden: Sequence[str]) -> str:
        """Return status and beginning of the body for people, without the texts that are `hidden`.

        An application may repeat what it was sent.
        """
        text = self.body.decode(errors="replace")
        for secret in filter(None, hidden):
            text = text.replace(secret, "[secret]")
        # Nothing of it may move the cursor of whoever reads it in a terminal.
        text = "".join(sign if sign.isprintable() or sign == "\n" else " " for sign in text).strip()
        cut = f"{text[:SHOWN_CHARACTERS]}..." if len(text) > SHOWN_CHARACTERS else text
        return f"{self.status} {self.reason}".rstrip() + (f":\n{cut}" if cut else ", without a body")
