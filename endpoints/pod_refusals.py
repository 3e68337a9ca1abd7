"""What to do where the API server refuses pods, by what it says."""

QUOTA_IS_FULL = "exceeded quota"

_REMEDIES = {
    "must specify": "give the endpoint `resources` with min and max, or have a LimitRange with defaults made",
    "maximum ": "ask for less in `resources`, or have the LimitRange changed",
    "minimum ": "ask for more in `resources`, or have the LimitRange changed",
    QUOTA_IS_FULL: "remove or shrink what is there, or have the quota raised",
    "violates PodSecurity": "have the namespace's pod-security label set to restricted, which pods here meet",
}


def refusal_remedy(refusal: str) -> str:
    """Return what to do about a refusal by a quota, a LimitRange, Pod Security or a policy."""
    found = (remedy for start, remedy in _REMEDIES.items() if start in refusal)
    return next(found, "whoever manages the cluster knows more")
