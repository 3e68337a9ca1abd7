"""Advice: warnings about what valohai.yaml and the stack file may say, but what will cause trouble.

docs/advice.md lists all of it for users. Advice must nearly always be right: a rule that cannot know says
nothing. To add a known server, see `endpoints/advice/servers.py`; to add a rule, see `rules.py`.
"""

from endpoints.advice.application import accepts_any_path
from endpoints.advice.code import Code
from endpoints.advice.missing import judge_absent_submodules
from endpoints.advice.rules import advise
from endpoints.advice.servers import exits_after_one_request
from endpoints.advice.subject import Subject

__all__ = [
    "Code",
    "Subject",
    "accepts_any_path",
    "advise",
    "exits_after_one_request",
    "judge_absent_submodules",
]
