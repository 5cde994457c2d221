"""Foreign files at the door: bytes -> text tables, text -> values, headers -> our columns.

The modules are ``files``, ``values`` and ``mapping``.

Nothing here knows what a deal or a churned customer is; the presets of the CRMs are data
(``presets/*.toml``), not code.
"""

from icplib.exports.files import FileReport, read_table, register
