"""One line for each leader at the foot of page one, and the part that was made for them."""

from icplib.pages import Said, fixed
from icplib.report.draft import Draft, count, first_said
from icplib.report.views import Leader

SURE = 0.05


def leaders(draft: Draft) -> tuple[Leader, ...]:
    """A sentence and a link for each."""
    lines = (
        ("Marketing", _marketing(draft), "spending"),
        ("Sales", _sales(draft), "selling"),
        ("Customer success", _success(draft), "leaving"),
        (
            "RevOps",
            _deploying(draft),
            "deploying",
        ),
        ("Product", _product(draft), "asking"),
        ("Data protection", _privacy(draft), "privacy"),
    )
    return tuple(Leader(fixed(who), text, anchor) for who, text, anchor in lines)


def _deploying(draft: Draft) -> Said:
    card = draft.model("04_scorecard")
    return draft.say("lead_revops", n=len(card.attributes) if card.available else 0)


def _marketing(draft: Draft) -> Said:
    rows = draft.rows("04_sales", topic="leads by channel")
    ranked = sorted(draft.shown(rows), key=lambda x: (-x[0]["estimate"], x[0]["group"]))
    (best, part), (worst, worst_part) = (
        (ranked[0], ranked[-1]) if len(ranked) > 1 else (({}, ""), ({}, ""))
    )
    return draft.say(
        "lead_marketing",
        best=best.get("group", ""),
        worst=worst.get("group", ""),
        part=part,
        worst_part=worst_part,
        sure=any(r["p"] < SURE for r, _ in ranked),
    )


def _sales(draft: Draft) -> Said:
    tier = draft.row("04_tiers", tier="A") or {}
    called = tier.get("n_prospects")
    return draft.say("lead_sales", n=count(draft, called) if tier else "")


def _success(draft: Draft) -> Said:
    many = draft.row("04_sales", topic="at risk", group="three or more") or {}
    risk = draft.part(many.get("k"), many.get("n"))
    amount = draft.money(many.get("amount"))
    return draft.say("lead_success", n=risk.k if risk.is_shown else "", amount=amount)


def _product(draft: Draft) -> Said:
    lost = sorted(draft.rows("04_sales", topic="lost", side="all"), key=lambda r: -r["k"])
    cards = draft.model("05_personas").cards
    pains = [first_said({f.family: f for f in c.fields}, "pain") for c in cards]
    pain = next((p for p in pains if p), "")
    return draft.say("lead_product", pain=pain, reason=lost[0]["group"].lower() if lost else "")


def _privacy(draft: Draft) -> Said:
    kept = draft.table("01_columns", "privacy")["privacy"]
    dropped = int(kept.isin(["dropped", "hashed"]).sum())
    return draft.say("lead_privacy", dropped=dropped, least=draft.least)
