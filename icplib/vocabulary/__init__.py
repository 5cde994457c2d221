"""The words of the field, as data: one list of each, read by every room.

| file | holds | read by |
|---|---|---|
| `legal_forms.csv` | legal forms of companies by country, with spellings | `legal` |
| `people.toml` | seniorities, functions, buying roles, the words of titles and of CRMs | `people` |
| `attributes.csv` | the catalogue of well-known attributes, which of them mean size | `attributes`
|
| `judgements.toml` | tiers with their cut-offs, verdict words, vague words | `judgements` |
"""
