"""The words of the field, as data: one list of each, read by every room.

| file | holds | read as |
|---|---|---|
| `legal_forms.csv` | legal forms of companies by country, with spellings | `legal` |
"""
