"""What the cluster's capacity costs, for the report on a change."""

from typing import Annotated

from pydantic import Field

from endpoints.settings.model import Model
from endpoints.settings.values import Text

Price = Annotated[float, Field(strict=True, ge=0)]
"""An amount of money; text is refused rather than converted."""


class Prices(Model):
    """Prices of what pods request, in `currency`, a word such as `EUR` that is shown behind amounts.

    `cpu_hour` is the price of one CPU for an hour, `memory_gib_hour` that of one GiB (2^30 bytes). There are
    no defaults, since a guessed price is worse than none. Only `python -m endpoints report` reads them.
    """

    cpu_hour: Price
    memory_gib_hour: Price
    currency: Text
