"""Looks at the cluster before anything is changed, and tells whether it can carry out the stack.

`facts` holds what was seen there and `fetch` sees it; `checks` judge it and are pure. A deployment that
would fail is an error, what may be meant so is advice, and what may not be seen is said.
"""

from endpoints.preflight.run import Examination, examine

__all__ = ["Examination", "examine"]
