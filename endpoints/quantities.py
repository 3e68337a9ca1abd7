"""Kubernetes' notation of amounts, such as `500m` CPU and `256Mi` of memory."""

import re
from decimal import Decimal

_QUANTITY = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+))(?:([numkMGTPE]|[KMGTPE]i)|[eE]([+-]?\d+))?")
_POWERS = {
    **{unit: (Decimal(1000), power) for power, unit in enumerate("num", start=-3)},
    **{unit: (Decimal(1000), power) for power, unit in enumerate("kMGTPE", start=1)},
    **{f"{unit}i": (Decimal(1024), power) for power, unit in enumerate("KMGTPE", start=1)},
}


def amount(quantity: object) -> Decimal | None:
    """Return how much a quantity is (`500m`: 0.5, `1Ki`: 1024), or None for what is no quantity.

    The grammar is that of k8s.io/apimachinery/pkg/api/resource.Quantity.
    """
    match = _QUANTITY.fullmatch(str(quantity))
    if match is None:
        return None
    number, suffix, exponent = match.groups()
    if exponent:
        return Decimal(number).scaleb(int(exponent))
    base, power = _POWERS.get(suffix, (Decimal(1), 0))
    return Decimal(number) * base**power
