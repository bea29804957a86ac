"""Numbers of GS1: check digits, and the codes that name parcels.

check_digits.py   the last digit of GTINs and SSCCs
sscc.py           a run of SSCCs from a company prefix, and which parcel gets which
"""

from packopt.gs1.check_digits import check_digit, check_digits
from packopt.gs1.sscc import SsccSeries, allot_ssccs

__all__ = ["SsccSeries", "allot_ssccs", "check_digit", "check_digits"]
