"""PDFs for the packing bench: GS1-128 labels, and packing sheets. They need ``packopt[labels]``.

    parcels.py    parcels of a result as they are printed
    elements.py   what a GS1-128 barcode says
    page.py       pages of a PDF, in mm from the upper left corner
    label.py      a label a parcel
    sheet.py      a packing sheet a parcel, with picture.py

The same result gives the same file, byte by byte.
"""

from packopt.printing.label import write_labels
from packopt.printing.sheet import write_sheets

__all__ = ["write_labels", "write_sheets"]
