"""The ways in which an operation can fail that are no fault of the plugin.

Each becomes one clear message at the engine; anything else is a defect and is reported as such, with a
traceback.
"""

from .values import JsonObject


class UserError(Exception):
    """Something the user can mend. The message says what was found and what to do; shown as it stands."""


class NotReadyError(Exception):
    """The object was created or changed, but did not become ready.

    The engine keeps the object in state with these reasons and waits again at the next update
    (`partialError` in provider/pkg/provider/provider.go, ErrorResourceInitFailed in provider.proto).
    """

    def __init__(self, summary: str, reasons: list[str], live: JsonObject) -> None:
        """Take a one-line summary, the reasons (each may span lines) and the object's last known state."""
        super().__init__(summary)
        self.summary = summary
        self.reasons = reasons
        self.live = live


class OperationCancelledError(Exception):
    """The engine asked to stop (Ctrl-C, or an error elsewhere)."""
