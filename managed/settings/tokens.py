"""How long the teams' access lasts."""

from endpoints.settings.model import Model
from endpoints.settings.values import Count


class Tokens(Model):
    """The credentials of the teams' stacks.

    They end `days` after they were given; the API server may allow less. Each update of the managing stack
    renews those that have less than a third of their time left, so that it should run at least that often.
    """

    days: Count = 30
