"""What notebook 05 finds: agreement, saturation, statements, personas, engagement, anti-personas,
messages, changes.

The canonical tables that the readers fill (05_interviews ... 05_codings) are declared in
``step_05``.
"""

from __future__ import annotations

from icplib.tables import Artefact, Column
from icplib.tables.step_05_anti import ARTEFACTS as ANTI
from icplib.tables.step_05_anti import LABELS
from icplib.tables.step_05_cards import Personas

VERDICTS = (
    "reliable",
    "tentative",
    "unreliable",
    "not settled",
    "too rare to judge",
    "not estimable",
    "single coder, agreement not assessed",
)


def _text(*names_and_meanings: tuple[str, str]) -> tuple[Column, ...]:
    return tuple(Column(name, "text", meaning) for name, meaning in names_and_meanings)


_CODE = (
    Column("code_id", "id", "code, with ~against where the code was said to be disliked"),
    Column("label", "text", "the code in card wording"),
    Column("family", "text", "family of the code"),
)

ARTEFACTS = (
    Artefact(
        "05_agreement",
        "aggregate",
        "How far coders agree on each code, each family and all codes together",
        (
            Column(
                "scope",
                "text",
                "code, family or all codes pooled",
                required=True,
                one_of=("code", "family", "all"),
            ),
            Column(
                "between",
                "text",
                "two coders, or one coder twice",
                required=True,
                one_of=("coders", "passes"),
            ),
            *_CODE,
            Column("n_interviews", "int", "interviews judged by two or more"),
            Column("n_coders", "int", "coders in the comparison"),
            Column("n_both", "int", "pairs of coders: both saw the code"),
            Column("n_first_only", "int", "only the first saw it"),
            Column("n_second_only", "int", "only the second saw it"),
            Column("n_neither", "int", "neither saw it"),
            Column("base_rate", "float", "share of judgements 'present'", "share"),
            Column("agreement_rate", "float", "share of pairs that agree", "share"),
            Column("agreement_low", "float", "95 % bootstrap over interviews", "share"),
            Column("agreement_high", "float", "95 % bootstrap over interviews", "share"),
            Column("alpha", "float", "Krippendorff's alpha, nominal"),
            Column("alpha_low", "float", "95 % bootstrap over interviews"),
            Column("alpha_high", "float", "95 % bootstrap over interviews"),
            Column("ac1", "float", "Gwet's AC1"),
            Column("ac1_low", "float", "95 % bootstrap over interviews"),
            Column("ac1_high", "float", "95 % bootstrap over interviews"),
            Column("positive_agreement", "float", "2a/(2a+b+c)"),
            Column("positive_low", "float", "95 % bootstrap over interviews"),
            Column("positive_high", "float", "95 % bootstrap over interviews"),
            Column("kappa", "float", "Cohen's kappa, exactly two coders only"),
            Column(
                "alpha_median", "float", "scope all: median alpha of the codes that can be judged"
            ),
            Column(
                "family_alpha",
                "float",
                "alpha of the code's family, used where the code is too rare",
            ),
            Column(
                "n_draws_dropped", "int", "bootstrap draws in which alpha could not be estimated"
            ),
            Column("verdict", "text", "verdict", one_of=VERDICTS),
            Column("cap", "text", "highest label a statement on this code may have", one_of=LABELS),
            Column("sentence", "text", "the row in words"),
        ),
    ),
    Artefact(
        "05_disagreements",
        "person",
        "Codes on which coders disagree too much, interview by interview",
        (
            *_CODE,
            *_text(
                ("interview_id", "interview"),
                ("coders_yes", "coders who saw the code"),
                ("coders_no", "coders who did not"),
                ("quotes", "what they marked, where consent allows"),
            ),
        ),
    ),
    Artefact(
        "05_saturation",
        "aggregate",
        "Whether enough people were asked, overall and by role",
        (
            Column("role", "text", "buying role, or 'all'", required=True, unique=True),
            Column("n_interviews", "int", "interviews"),
            Column("n_codes", "int", "codes heard"),
            Column("base", "int", "interviews in the base set"),
            Column("run", "int", "interviews in a run"),
            Column(
                "threshold", "float", "share of new codes at which it counts as saturated", "share"
            ),
            Column("base_codes", "int", "codes heard in the base set"),
            Column("is_assessable", "bool", "enough interviews to say anything"),
            Column(
                "after",
                "int",
                "interviews until saturated, in dated order; empty where not reached",
            ),
            Column("point", "text", "the same as the authors write it, such as 7+2"),
            Column(
                "reached_share", "float", "share of random orders that reach saturation", "share"
            ),
            Column("after_low", "float", "5 % of the random orders that reach it"),
            Column("after_high", "float", "95 % of them"),
            Column("chao2", "float", "codes that would be heard in the end"),
            Column(
                "coverage",
                "float",
                "share of the topics' mentions that the heard codes make up",
                "share",
            ),
            Column("sentence", "text", "the row in words"),
        ),
    ),
    Artefact(
        "05_saturation_curve",
        "aggregate",
        "Codes known after 1, 2, ... interviews",
        (
            Column("role", "text", "buying role, or 'all'", required=True),
            Column("n_interviews", "int", "interviews so far"),
            Column("dated", "float", "codes known in dated order"),
            Column("mean", "float", "mean over random orders"),
            Column("low", "float", "5 % of random orders"),
            Column("high", "float", "95 % of random orders"),
        ),
    ),
    Artefact(
        "05_excluded",
        "person",
        "Interviews that do not count for the cards, each with its reason",
        _text(
            ("interview_id", "interview"),
            ("account_id", "account"),
            ("wave", "quarter"),
            ("buying_role", "role"),
            ("reason", "why it does not count"),
        ),
    ),
    Artefact(
        "05_statements",
        "person",
        "What each role said: every role by every code, with counts, labels and evidence sentence",
        (
            Column(
                "role",
                "text",
                "role after the analyst's merges, or 'everyone' on a shared card",
                required=True,
            ),
            Column("persona_id", "id", "card it belongs to, empty where the role has no card"),
            *_CODE,
            Column("n_asked", "int", "interviewees of the role who were asked"),
            Column("n_said", "int", "who said it"),
            Column("n_accounts", "int", "accounts of those who said it"),
            Column("n_rest_asked", "int", "interviewees of other roles who were asked"),
            Column("n_rest_said", "int", "who said it"),
            Column("share", "float", "n_said / n_asked", "share"),
            Column("share_low", "float", "Wilson 95 %"),
            Column("share_high", "float", "Wilson 95 %"),
            Column("zb", "float", "log-odds z against other roles, Beta prior of two people"),
            Column("typical", "text", "label as a typical statement after caps"),
            Column("distinctive", "text", "label as a distinctive statement after caps"),
            Column("confidence", "text", "the better of both: the label that is printed"),
            Column("cap", "text", "highest label allowed"),
            Column("cap_reason", "text", "why"),
            Column(
                "drops_to",
                "text",
                "label without the interview it hangs on most; 'none' where it is no statement"
                " then",
            ),
            Column("drops_without", "id", "that interview"),
            Column("n_disputed", "int", "interviews in which coders were split evenly"),
            Column("is_on_card", "bool", "printed on the card"),
            Column("interview_ids", "set", "interviews that said it"),
            Column("sentence", "text", "the evidence in one sentence"),
        ),
        key=("role", "code_id"),
    ),
    Artefact(
        "05_personas",
        "aggregate",
        "Persona cards, the test behind them, and what was refused",
        model=Personas,
    ),
    Artefact(
        "05_engagement",
        "aggregate",
        "Stated preference beside observed behaviour, by role",
        (
            Column("role", "text", "buying role", required=True),
            Column(
                "measure",
                "text",
                "what is counted",
                required=True,
                one_of=(
                    "clicked",
                    "replied",
                    "retained",
                    "matched minus unmatched",
                    "won deals with the role",
                ),
            ),
            Column(
                "dimension",
                "text",
                "all, channel or content",
                required=True,
                one_of=("all", "channel", "content"),
            ),
            Column("value", "text", "the channel or content"),
            Column("n_contacts", "int", "people"),
            Column("n_accounts", "int", "accounts"),
            Column("n_trials", "int", "touches, accounts or deals"),
            Column("n_events", "int", "of them with the outcome"),
            Column("rate", "float", "share, or difference of shares", "share"),
            Column(
                "rate_low", "float", "95 % interval on the account-clustered effective n", "share"
            ),
            Column("rate_high", "float", "95 % interval", "share"),
            Column("n_effective", "float", "touches that the interval rests on"),
            Column("design_effect", "float", "clustering within accounts"),
            Column("stated_said", "int", "interviewees of the role who prefer it"),
            Column("stated_against", "int", "who reject it"),
            Column("stated_asked", "int", "who were asked"),
            Column("has_conflict", "bool", "stated and observed contradict one another"),
            Column("sentence", "text", "the row in words"),
        ),
    ),
    Artefact(
        "05_tests",
        "aggregate",
        "A/B tests of messages: accounts drawn at random, one outcome, read once on the last day",
        (
            Column("test", "text", "name of the test", required=True, unique=True),
            Column(
                "status",
                "text",
                "where it stands on the as-of date",
                required=True,
                one_of=("planned", "running", "ended"),
            ),
            Column(
                "measure",
                "text",
                "the outcome that decides",
                required=True,
                one_of=("replied", "clicked"),
            ),
            *_text(("content_a", "the usual message"), ("content_b", "the message that is tried")),
            Column("start_date", "date", "first day"),
            Column("end_date", "date", "last day"),
            Column(
                "n_accounts_needed",
                "int",
                "accounts an arm to see the rise that matters with 80 % power",
            ),
            Column(
                "rate_before",
                "float",
                "the rate over all touches before the test, on which that rests",
                "share",
            ),
            Column(
                "icc", "float", "how alike the touches of one account are (intraclass correlation)"
            ),
            Column("n_accounts_a", "int", "accounts that got only a"),
            Column("n_accounts_b", "int", "accounts that got only b"),
            Column("n_accounts_both", "int", "accounts that got both: left out"),
            Column("n_touches_a", "int", "touches with a"),
            Column("n_touches_b", "int", "touches with b"),
            Column("rate_a", "float", "mean of the account rates", "share"),
            Column("rate_b", "float", "mean of the account rates", "share"),
            Column("difference", "float", "b minus a", "share"),
            Column("difference_low", "float", "Welch's 95 % interval", "share"),
            Column("difference_high", "float", "Welch's 95 % interval", "share"),
            Column("p", "float", "Welch's t test"),
            Column("p_interaction", "float", "that the difference is the same in every role"),
            Column("sentence", "text", "the row in words"),
        ),
    ),
    Artefact(
        "05_messaging",
        "aggregate",
        "What to say to whom: ICP segment by persona",
        (
            Column("segment", "text", "ICP or ICP segment", required=True),
            Column("persona_id", "id", "persona", required=True),
            Column("persona", "text", "name of the persona"),
            Column("n_interviews", "int", "interviewees in the cell, empty where too few to show"),
            Column("n_accounts", "int", "their accounts"),
            Column("has_evidence", "bool", "the cell has interviews of its own"),
            *_text(
                ("pain", "top pain"),
                ("promise", "promise in the persona's success metric"),
                ("proof", "type of proof"),
                ("channel", "channel"),
                ("format", "content format"),
                ("objection", "objection"),
                ("answer", "answer, written by the owner"),
                ("words_use", "words this role uses"),
                ("words_avoid", "what it dislikes"),
                ("call_to_action", "call to action"),
                ("owner", "owner"),
                ("evidence", "n of N in the cell"),
            ),
            Column("last_used_date", "date", "when the message was last used"),
            Column("note", "text", "what kind of evidence stands behind the cell"),
        ),
        key=("segment", "persona_id"),
    ),
    Artefact(
        "05_changes",
        "aggregate",
        "What changed since last quarter: statements, and how often each code is named",
        (
            Column(
                "kind",
                "text",
                "card (statement of a card) or prevalence",
                required=True,
                one_of=("card", "prevalence"),
            ),
            Column("role", "text", "buying role", required=True),
            *_CODE,
            Column(
                "change",
                "text",
                "what happened",
                required=True,
                one_of=(
                    "added",
                    "dropped",
                    "relabelled",
                    "unchanged",
                    "new code",
                    "shift",
                    "watch",
                    "no evidence of change",
                    "too few to see",
                ),
            ),
            Column("before", "text", "label before"),
            Column("now", "text", "label now"),
            Column(
                "is_by_n_alone", "bool", "the label changed because the number of interviews did"
            ),
            Column("n_said_before", "int", "who said it before"),
            Column("n_asked_before", "int", "who were asked before"),
            Column("n_said", "int", "who said it now"),
            Column("n_asked", "int", "who were asked now"),
            Column("share_low_before", "float", "Wilson 95 %"),
            Column("share_high_before", "float", "Wilson 95 %"),
            Column("share_low", "float", "Wilson 95 %"),
            Column("share_high", "float", "Wilson 95 %"),
            Column("p", "float", "Fisher, two-sided"),
            Column("p_holm", "float", "Holm within the role"),
            Column("p_up", "float", "probability that the share rose"),
            Column("sentence", "text", "the row in words"),
        ),
    ),
    *ANTI,
)
