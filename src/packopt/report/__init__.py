"""The analyst's report: one page that answers first and proves what it says."""

from packopt.report.beside import check_data
from packopt.report.words import LANGUAGES
from packopt.report.write import write_report
from packopt.report.write_suite import write_suite_report

__all__ = ["LANGUAGES", "check_data", "write_report", "write_suite_report"]
