"""CI: the report of what a change does to data, notebooks, metrics and the gate, and the workflows that post it."""

from benchbook.gates.ci.collect import make_report, report_not_started
from benchbook.gates.ci.html import report_html
from benchbook.gates.ci.markdown import COMMENT_LIMIT, report_markdown
from benchbook.gates.ci.records import Report
from benchbook.gates.ci.workflows import Written, write_workflows

__all__ = [
    "COMMENT_LIMIT",
    "Report",
    "Written",
    "make_report",
    "report_html",
    "report_markdown",
    "report_not_started",
    "write_workflows",
]
