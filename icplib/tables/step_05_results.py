"""What notebook 05 finds, from agreement and saturation to personas and changes.

Agreement, saturation, statements, personas, engagement, anti-personas, messages, changes.

The canonical tables that the readers fill (05_interviews ... 05_codings) are declared in
``step_05``.
"""

from icplib.tables import Artefact, Column, Declared, levels, must
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


_CODE: Declared = {
    "code_id": "code, with ~against where the code was said to be disliked",
    "label": "the code in card wording",
    "family": "family of the code",
}

ARTEFACTS = (
    Artefact(
        "05_agreement",
        "aggregate",
        "How far coders agree on each code, each family and all codes together",
        {
            "scope": must("code, family or all codes pooled", "code", "family", "all"),
            "between": must("two coders, or one coder twice", "coders", "passes"),
            **_CODE,
            "n_interviews": "interviews judged by two or more",
            "n_coders": "coders in the comparison",
            "n_both": "pairs of coders: both saw the code",
            "n_first_only": "only the first saw it",
            "n_second_only": "only the second saw it",
            "n_neither": "neither saw it",
            "base_rate": "share of judgements 'present'",
            "agreement_rate": "share of pairs that agree",
            "agreement_low": Column("95 % bootstrap over interviews", unit="share"),
            "agreement_high": Column("95 % bootstrap over interviews", unit="share"),
            "alpha": Column("Krippendorff's alpha, nominal", "float"),
            "alpha_low": "95 % bootstrap over interviews",
            "alpha_high": "95 % bootstrap over interviews",
            "ac1": Column("Gwet's AC1", "float"),
            "ac1_low": "95 % bootstrap over interviews",
            "ac1_high": "95 % bootstrap over interviews",
            "positive_agreement": Column("2a/(2a+b+c)", "float"),
            "positive_low": "95 % bootstrap over interviews",
            "positive_high": "95 % bootstrap over interviews",
            "kappa": Column("Cohen's kappa, exactly two coders only", "float"),
            "alpha_median": Column(
                "scope all: median alpha of the codes that can be judged", "float"
            ),
            "family_alpha": Column(
                "alpha of the code's family, used where the code is too rare", "float"
            ),
            "n_draws_dropped": "bootstrap draws in which alpha could not be estimated",
            "verdict": levels("verdict", *VERDICTS),
            "cap": levels("highest label a statement on this code may have", *LABELS),
            "sentence": "the row in words",
        },
    ),
    Artefact(
        "05_disagreements",
        "person",
        "Codes on which coders disagree too much, interview by interview",
        {
            **_CODE,
            "interview_id": "interview",
            "coders_yes": "coders who saw the code",
            "coders_no": "coders who did not",
            "quotes": "what they marked, where consent allows",
        },
    ),
    Artefact(
        "05_saturation",
        "aggregate",
        "Whether enough people were asked, overall and by role",
        {
            "role": must("buying role, or 'all'", unique=True),
            "n_interviews": "interviews",
            "n_codes": "codes heard",
            "base": Column("interviews in the base set", "int"),
            "run": Column("interviews in a run", "int"),
            "threshold": Column(
                "share of new codes at which it counts as saturated", "float", "share"
            ),
            "base_codes": Column("codes heard in the base set", "int"),
            "is_assessable": "enough interviews to say anything",
            "after": Column(
                "interviews until saturated, in dated order; empty where not reached", "int"
            ),
            "point": "the same as the authors write it, such as 7+2",
            "reached_share": "share of random orders that reach saturation",
            "after_low": "5 % of the random orders that reach it",
            "after_high": "95 % of them",
            "chao2": Column("codes that would be heard in the end", "float"),
            "coverage": Column(
                "share of the topics' mentions that the heard codes make up", "float", "share"
            ),
            "sentence": "the row in words",
        },
    ),
    Artefact(
        "05_saturation_curve",
        "aggregate",
        "Codes known after 1, 2, ... interviews",
        {
            "role": must("buying role, or 'all'"),
            "n_interviews": "interviews so far",
            "dated": Column("codes known in dated order", "float"),
            "mean": Column("mean over random orders", "float"),
            "low": "5 % of random orders",
            "high": "95 % of random orders",
        },
    ),
    Artefact(
        "05_excluded",
        "person",
        "Interviews that do not count for the cards, each with its reason",
        {
            "interview_id": "interview",
            "account_id": "account",
            "wave": "quarter",
            "buying_role": "role",
            "reason": "why it does not count",
        },
    ),
    Artefact(
        "05_statements",
        "person",
        "What each role said: every role by every code, with counts, labels and evidence sentence",
        {
            "role": must("role after the analyst's merges, or 'everyone' on a shared card"),
            "persona_id": "card it belongs to, empty where the role has no card",
            **_CODE,
            "n_asked": "interviewees of the role who were asked",
            "n_said": "who said it",
            "n_accounts": "accounts of those who said it",
            "n_rest_asked": "interviewees of other roles who were asked",
            "n_rest_said": "who said it",
            "share": "n_said / n_asked",
            "share_low": "Wilson 95 %",
            "share_high": "Wilson 95 %",
            "zb": Column("log-odds z against other roles, Beta prior of two people", "float"),
            "typical": "label as a typical statement after caps",
            "distinctive": "label as a distinctive statement after caps",
            "confidence": "the better of both: the label that is printed",
            "cap": "highest label allowed",
            "cap_reason": "why",
            "drops_to": (
                "label without the interview it hangs on most; 'none' where it is no statement then"
            ),
            "drops_without": Column("that interview", "id"),
            "n_disputed": "interviews in which coders were split evenly",
            "is_on_card": "printed on the card",
            "interview_ids": Column("interviews that said it", "set"),
            "sentence": "the evidence in one sentence",
        },
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
        {
            "role": must("buying role"),
            "measure": must(
                "what is counted",
                "clicked",
                "replied",
                "retained",
                "matched minus unmatched",
                "won deals with the role",
            ),
            "dimension": must("all, channel or content", "all", "channel", "content"),
            "value": Column("the channel or content", "text"),
            "n_contacts": "people",
            "n_accounts": "accounts",
            "n_trials": "touches, accounts or deals",
            "n_events": "of them with the outcome",
            "rate": "share, or difference of shares",
            "rate_low": Column("95 % interval on the account-clustered effective n", unit="share"),
            "rate_high": Column("95 % interval", unit="share"),
            "n_effective": Column("touches that the interval rests on", "float"),
            "design_effect": Column("clustering within accounts", "float"),
            "stated_said": Column("interviewees of the role who prefer it", "int"),
            "stated_against": Column("who reject it", "int"),
            "stated_asked": Column("who were asked", "int"),
            "has_conflict": "stated and observed contradict one another",
            "sentence": "the row in words",
        },
    ),
    Artefact(
        "05_tests",
        "aggregate",
        "A/B tests of messages: accounts drawn at random, one outcome, read once on the last day",
        {
            "test": must("name of the test", unique=True),
            "status": must("where it stands on the as-of date", "planned", "running", "ended"),
            "measure": must("the outcome that decides", "replied", "clicked"),
            "content_a": "the usual message",
            "content_b": "the message that is tried",
            "start_date": "first day",
            "end_date": "last day",
            "n_accounts_needed": "accounts an arm to see the rise that matters with 80 % power",
            "rate_before": Column(
                "the rate over all touches before the test, on which that rests", "float", "share"
            ),
            "icc": Column(
                "how alike the touches of one account are (intraclass correlation)", "float"
            ),
            "n_accounts_a": "accounts that got only a",
            "n_accounts_b": "accounts that got only b",
            "n_accounts_both": "accounts that got both: left out",
            "n_touches_a": "touches with a",
            "n_touches_b": "touches with b",
            "rate_a": Column("mean of the account rates", "float", "share"),
            "rate_b": Column("mean of the account rates", "float", "share"),
            "difference": "b minus a",
            "difference_low": Column("Welch's 95 % interval", unit="share"),
            "difference_high": Column("Welch's 95 % interval", unit="share"),
            "p": "Welch's t test",
            "p_interaction": Column("that the difference is the same in every role", "float"),
            "sentence": "the row in words",
        },
    ),
    Artefact(
        "05_messaging",
        "aggregate",
        "What to say to whom: ICP segment by persona",
        {
            "segment": must("ICP or ICP segment"),
            "persona_id": must("persona"),
            "persona": "name of the persona",
            "n_interviews": "interviewees in the cell, empty where too few to show",
            "n_accounts": "their accounts",
            "has_evidence": "the cell has interviews of its own",
            "pain": "top pain",
            "promise": "promise in the persona's success metric",
            "proof": "type of proof",
            "channel": "channel",
            "format": "content format",
            "objection": "objection",
            "answer": "answer, written by the owner",
            "words_use": "words this role uses",
            "words_avoid": "what it dislikes",
            "call_to_action": "call to action",
            "owner": "owner",
            "evidence": "n of N in the cell",
            "last_used_date": "when the message was last used",
            "note": "what kind of evidence stands behind the cell",
        },
        key=("segment", "persona_id"),
    ),
    Artefact(
        "05_changes",
        "aggregate",
        "What changed since last quarter: statements, and how often each code is named",
        {
            "kind": must("card (statement of a card) or prevalence", "card", "prevalence"),
            "role": must("buying role"),
            **_CODE,
            "change": must(
                "what happened",
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
            "before": "label before",
            "now": "label now",
            "is_by_n_alone": "the label changed because the number of interviews did",
            "n_said_before": "who said it before",
            "n_asked_before": "who were asked before",
            "n_said": "who said it now",
            "n_asked": "who were asked now",
            "share_low_before": Column("Wilson 95 %", "float"),
            "share_high_before": Column("Wilson 95 %", "float"),
            "share_low": "Wilson 95 %",
            "share_high": "Wilson 95 %",
            "p": "Fisher, two-sided",
            "p_holm": Column("Holm within the role", "float"),
            "p_up": Column("probability that the share rose", "float"),
            "sentence": "the row in words",
        },
    ),
    *ANTI,
)
