"""What the API server says when it refuses a request (meta/v1 Status), and what is said for its silence."""

from ..objects import field, items, text
from ..values import JsonObject


class ClusterUnreachableError(Exception):
    """No answer from the API server, or no usable kubeconfig. The message is one sentence and names both."""


class ApiError(Exception):
    """The API server refused a request."""

    def __init__(self, code: int, status: JsonObject) -> None:
        """Take the HTTP status code and the Status object of the answer (empty where the body was none)."""
        self.code = code
        self.status = status
        super().__init__(self.message)

    @property
    def message(self) -> str:
        """Return the server's own sentence."""
        return text(self.status, "message") or f"the API server answered with HTTP status {self.code}"

    @property
    def reason(self) -> str:
        """Return the machine-readable reason: AlreadyExists, Conflict, Forbidden, Invalid, NotFound ..."""
        return text(self.status, "reason")

    @property
    def is_not_found(self) -> bool:
        """Tell whether the object (or its namespace) does not exist."""
        return self.code == 404

    @property
    def is_forbidden(self) -> bool:
        """Tell whether rights are missing, or admission refused the object."""
        return self.code == 403

    @property
    def is_already_exists(self) -> bool:
        """Tell whether an object of that name exists."""
        return self.code == 409 and self.reason == "AlreadyExists"

    @property
    def is_conflict(self) -> bool:
        """Tell whether another manager owns fields, or the object changed meanwhile."""
        return self.code == 409 and self.reason != "AlreadyExists"

    @property
    def is_missing_namespace(self) -> bool:
        """Tell whether it is the namespace that does not exist (`IsNamespaceNotFoundErr`, await/error.go)."""
        return self.is_not_found and field(self.status, "details", "kind") == "namespaces"

    @property
    def field_conflicts(self) -> list[tuple[str, str]]:
        """Return (field, the server's words on who manages it) of a server-side apply conflict."""
        return [
            (text(cause, "field"), text(cause, "message"))
            for cause in items(self.status, "details", "causes")
            if field(cause, "reason") == "FieldManagerConflict"
        ]
