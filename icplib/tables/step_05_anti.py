"""Artefacts of notebook 05 on anti-personas."""

from icplib.tables import Artefact, Column, levels, must

LABELS = ("High", "Medium", "Low")

ARTEFACTS = (
    Artefact(
        "05_anti_personas",
        "aggregate",
        "Who is not a good fit: the five criteria and the anti-persona they make",
        {
            "criterion": must("AP1 ... AP5, or anti-persona", unique=True),
            "label": "criterion in words",
            "kind": levels("hard or soft", "hard", "soft", "either"),
            "n_accounts": "accounts looked at",
            "n_missing": "accounts whose data are missing: not a 'no'",
            "n_base": "accounts that the flagged are a share of: those with data, or all where one"
            " sign of several is enough (the share is then a least one)",
            "n_flagged": "accounts flagged",
            **{
                f"{m}{side}{end}": Column(f"{words}, {where}", "float", "share")
                for m, words in (
                    ("win_rate", "won of closed deals"),
                    ("churned_share", "customers who left"),
                )
                for side, where in (("", "flagged accounts"), ("_rest", "other accounts"))
                for end in ("", "_low", "_high")
            },
            "pipeline_share": "open deals, flagged accounts",
            **{
                f"{m}_difference{end}": Column(f"{words}: flagged minus others", "float", "share")
                for m, words in (("win_rate", "won"), ("churned_share", "left"))
                for end in ("", "_low", "_high")
            },
            **{
                f"{m}_basis": levels(
                    "known before: flags by what was known before the outcome; by definition: the"
                    " outcome itself made the flag, so no rate is told",
                    "known before",
                    "by definition",
                )
                for m in ("win_rate", "churned_share")
            },
            "revenue_retention": Column(
                "won amount of the last year over the year before, same accounts, flagged",
                "float",
                "ratio",
            ),
            "revenue_retention_rest": Column("the same, others", "float", "ratio"),
            "support_hours": "support hours per customer, flagged",
            "support_hours_rest": Column("support hours per customer, others", "float", "hours"),
            "n_interviews_said": "interviewees who said it (anti codes)",
            "n_interviews_asked": "who were asked",
            "interview_label": levels(
                "High, Medium or Low by the same rule as any statement", "", *LABELS
            ),
            "rule": "what sales can use: only what is known before signing",
            "threshold": "the threshold as it was applied",
            "sentence": "the row in words",
        },
    ),
    Artefact(
        "05_anti_accounts",
        "company",
        "Each account's flags on the five criteria; empty means not known",
        {
            "account_id": must("account", unique=True),
            **{f"is_ap{i}": f"criterion AP{i}" for i in range(1, 6)},
            "is_ap1_before": "AP1 without reasons of losses and without interviews",
            "is_ap2_before": "AP2 by requests of the first days of a customer only",
            "n_soft": "soft criteria met",
            "n_hard": "hard criteria met",
            "n_missing": "criteria whose data are missing",
            "is_anti_persona": "one hard or two soft criteria",
            "is_flagged_before_signing": "the same with only what is known before signing",
            "owner": Column(
                "who sold to it (hashed): discounting may be a habit of one seller", "id"
            ),
            "reasons": "criteria met, in words",
        },
    ),
)
