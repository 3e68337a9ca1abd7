"""Tells what a preview means for the people who use and review endpoints.

`read` makes changes of a preview, `markdown` and `html` show them; everything is pure.
"""

from endpoints.report.capacity import Quota, read_quotas
from endpoints.report.html import as_html
from endpoints.report.markdown import as_markdown
from endpoints.report.models import Report
from endpoints.report.read import read_report

__all__ = ["Quota", "Report", "as_html", "as_markdown", "read_quotas", "read_report"]
