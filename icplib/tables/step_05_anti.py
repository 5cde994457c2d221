"""Artefacts of notebook 05 on anti-personas."""

from icplib.tables import Artefact, Column

LABELS = ("High", "Medium", "Low")

ARTEFACTS = (
    Artefact(
        "05_anti_personas",
        "aggregate",
        "Who is not a good fit: the five criteria and the anti-persona they make",
        (
            Column("criterion", "text", "AP1 ... AP5, or anti-persona", required=True, unique=True),
            Column("label", "text", "criterion in words"),
            Column("kind", "text", "hard or soft", one_of=("hard", "soft", "either")),
            Column("n_accounts", "int", "accounts looked at"),
            Column("n_missing", "int", "accounts whose data are missing: not a 'no'"),
            Column("n_flagged", "int", "accounts flagged"),
            *[
                Column(f"{m}{side}{end}", "float", f"{words}, {where}", "share")
                for m, words in (
                    ("win_rate", "won of closed deals"),
                    ("churned_share", "customers who left"),
                    ("pipeline_share", "open deals"),
                )
                for side, where in (("", "flagged accounts"), ("_rest", "other accounts"))
                for end in ("", "_low", "_high")
                if not (m == "pipeline_share" and (side or end))
            ],
            *[
                Column(f"{m}_difference{end}", "float", f"{words}: flagged minus others", "share")
                for m, words in (("win_rate", "won"), ("churned_share", "left"))
                for end in ("", "_low", "_high")
            ],
            *[
                Column(
                    f"{m}_basis",
                    "text",
                    "known before: flags by what was known before the outcome; by definition: the"
                    " outcome itself made the flag, so no rate is told",
                    one_of=("known before", "by definition"),
                )
                for m in ("win_rate", "churned_share")
            ],
            Column(
                "revenue_retention",
                "float",
                "won amount of the last year over the year before, same accounts, flagged",
                "ratio",
            ),
            Column("revenue_retention_rest", "float", "the same, others", "ratio"),
            Column("support_hours", "float", "support hours per customer, flagged", "hours"),
            Column("support_hours_rest", "float", "support hours per customer, others", "hours"),
            Column("n_interviews_said", "int", "interviewees who said it (anti codes)"),
            Column("n_interviews_asked", "int", "who were asked"),
            Column(
                "interview_label",
                "text",
                "High, Medium or Low by the same rule as any statement",
                one_of=("", *LABELS),
            ),
            Column("rule", "text", "what sales can use: only what is known before signing"),
            Column("threshold", "text", "the threshold as it was applied"),
            Column("sentence", "text", "the row in words"),
        ),
    ),
    Artefact(
        "05_anti_accounts",
        "company",
        "Each account's flags on the five criteria; empty means not known",
        (
            Column("account_id", "id", "account", required=True, unique=True),
            *[Column(f"is_ap{i}", "bool", f"criterion AP{i}") for i in range(1, 6)],
            Column("is_ap1_before", "bool", "AP1 without reasons of losses and without interviews"),
            Column("is_ap2_before", "bool", "AP2 by requests of the first days of a customer only"),
            Column("n_soft", "int", "soft criteria met"),
            Column("n_hard", "int", "hard criteria met"),
            Column("n_missing", "int", "criteria whose data are missing"),
            Column("is_anti_persona", "bool", "one hard or two soft criteria"),
            Column(
                "is_flagged_before_signing",
                "bool",
                "the same with only what is known before signing",
            ),
            Column(
                "owner", "id", "who sold to it (hashed): discounting may be a habit of one seller"
            ),
            Column("reasons", "text", "criteria met, in words"),
        ),
    ),
)
