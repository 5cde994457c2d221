"""Foreign files at the door: bytes -> text tables (``files``), text -> values (``values``), headers
-> our columns (``mapping``).

Nothing here knows what a deal or a churned customer is; the presets of the CRMs are data
(``presets/*.toml``), not code.
"""

from icplib.exports.files import FileReport, read_table, register
