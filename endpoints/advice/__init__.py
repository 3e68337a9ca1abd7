"""Finds what is legal and will hurt. It is shown as warnings, and the stack is deployed nevertheless.

docs/advice.md lists all of it for users. Advice must be right nearly always: a rule that cannot know says
nothing.
"""

from endpoints.advice.code import Code
from endpoints.advice.immutability import advise_on_ready_images, advise_on_sources
from endpoints.advice.large_files import advise_on_large_files
from endpoints.advice.names import advise_on_names
from endpoints.advice.rules import advise_on_endpoints, advise_on_project_files
from endpoints.advice.subject import Subject
from endpoints.advice.working_directory import advise_on_working_directories

__all__ = [
    "Code",
    "Subject",
    "advise_on_endpoints",
    "advise_on_large_files",
    "advise_on_names",
    "advise_on_project_files",
    "advise_on_ready_images",
    "advise_on_sources",
    "advise_on_working_directories",
]
