"""How much time a pod has to end."""

from collections.abc import Iterator

from endpoints import shutdown
from endpoints.settings.model import Conflict, Model
from endpoints.settings.values import Count, Seconds


class ShutdownSettings(Model):
    """How a pod ends, so that no request is lost; `endpoints.shutdown` has the reasons and does the sums.

    For `pre_stop_seconds` the pod serves on after it was told to end. Running requests have what remains of
    `grace_period_seconds`, five seconds less: raise it above the longest prediction.
    """

    pre_stop_seconds: Seconds = shutdown.PRE_STOP_SECONDS
    grace_period_seconds: Count = shutdown.GRACE_PERIOD_SECONDS

    def conflicts(self) -> Iterator[Conflict]:
        """Find a grace period that is over before running requests can finish."""
        least = self.pre_stop_seconds + shutdown.RESERVE_SECONDS + 1
        if self.grace_period_seconds < least:
            text = (
                f"gracePeriodSeconds {self.grace_period_seconds} leaves running requests no time after"
                f" preStopSeconds {self.pre_stop_seconds}; allowed: {least} or more"
            )
            yield Conflict(("gracePeriodSeconds", "preStopSeconds"), text)
