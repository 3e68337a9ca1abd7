"""Kubernetes' notation of amounts, such as `500m` CPU and `256Mi` of memory.

The official client's `parse_quantity` takes texts for amounts that Kubernetes refuses, such as `1K`, `1_000`
and `NaN`, and commands that ask no cluster would have to import the client for it.
"""

import re
from decimal import Decimal

_QUANTITY = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+))(?:([numkMGTPE]|[KMGTPE]i)|[eE]([+-]?\d+))?", re.ASCII)
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
