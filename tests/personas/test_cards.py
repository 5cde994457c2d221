"""Cards, quotes, engagement, messages and anti-personas.

Evidence on everything, names on nothing.
"""

import math
import re
from dataclasses import replace

import pandas as pd
import pytest

from icplib.icp import IdealCustomerProfile, Profiles, Provenance
from icplib.names import Names
from icplib.pages.views import card_view
from icplib.personas import anti, anti_outcomes, cards, engagement, messaging, names, pages, quotes
from icplib.personas.saturation import measure_saturation
from icplib.problems import UserError
from icplib.settings import AntiPersona, Message
from icplib.tables import artefact
from persona_bed import AS_OF, FAST, QUARTER, analyse, study

CRM = Names(
    account=["Elderton Commerce Corp.", "Box"],
    person=["Farid Kowalczyk", "Ana Lindqvist"],
    product=["Falcon"],
    domain=["elderton.example"],
)


# --- quotes ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text, redacted",
    [
        ("Ask Farid about it", "Ask [person] about it"),
        ("farid kowalczyk's team", "[person] team"),
        ("ELDERTON COMMERCE pays late", "[company] pays late"),
        ("At Elderton Commerce Corp. we wait", "At [company] we wait"),
        ("Falcon broke", "[product] broke"),
        ("mail a.b@elderton-commerce.example now", "mail [e-mail] now"),
        ("see www.elderton.example/x, please", "see [URL], please"),
        ("call +1 415 555 0101 or 030 1234567", "call [phone] or [phone]"),
        ("pay to DE89 3704 0044 0532 0130 00 today", "pay to [IBAN] today"),
        ("write to @farid_k", "write to [handle]"),
        ("it costs $45,000, not $500", "it costs [amount], not $500"),
        ("it costs EUR 1.2 million", "it costs [amount]"),
        (
            "we have 200 people in 2025 and 3.5 million rows",
            "we have 200 people in 2025 and 3.5 million rows",
        ),
        ("the box is full", "the [company] is full"),
    ],
)
def test_redaction(text, redacted):
    assert CRM.redacted(text) == redacted


@pytest.mark.parametrize(
    "text",
    [
        "We at Elderton-Commerce",
        "fárid KOWALCZYK said so",
        "Ask Lindqvist",
        "mail me@home.org",
        "ring (030) 123 45 67",
        "GB29 NWBK 6016 1331 9268 19",
    ],
)
def test_the_gate_finds_what_is_left_and_never_repeats_it(text):
    assert CRM.left_in(text)
    with pytest.raises(UserError, match="still holds") as refused:
        quotes.refuse(["fine", text], CRM, "the cards")
    assert text not in str(refused.value) and "quote 2" in str(refused.value)


def test_the_gate_lets_ordinary_sentences_pass():
    for text in (
        "Two people spend two weeks each month pulling reports",
        "In 2025 we had 1,500 employees",
        "[company] asked [person] twice",
    ):
        assert CRM.left_in(text) == ""
        quotes.refuse([text], CRM, "x")


# --- cards ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def scene():
    tables, _ = study(seed=1, miss=0.04, false=0.01)
    tables["codings"].loc[tables["codings"]["interview_id"] == "INT-002", "quote"] = (
        "Ask Farid Kowalczyk at Elderton Commerce, mail x@y.example"
    )
    tables["interviews"].loc[4, "consent_quotes"] = "no"
    tables["interviews"]["icp_segment"] = ["Fintech"] * 26 + ["E-commerce"] * 4
    interviews, counted, agreement, found = analyse(tables)
    contacts = engagement.roles_of_contacts(artefact("01_contacts").empty())
    empty = artefact("05_engagement").empty()
    called = names.name_groups(found.groups, (), CRM)
    message = Message(role="economic_buyer", answer="Show the first month", owner="VP Sales")
    matrix = messaging.make_messages(
        found,
        empty,
        tables["codings"],
        called,
        messaging.list_segments(counted, Profiles()),
        (message,),
    )
    saturation, _ = measure_saturation(counted, FAST)
    material = cards.Sources(tables["codings"], saturation, empty, matrix, contacts, called, CRM)
    return (
        tables,
        found,
        matrix,
        cards.make_personas(found, material, FAST, QUARTER, len(interviews.excluded)),
        material,
    )


def test_each_card_carries_its_evidence(scene):
    _, found, _, personas, _ = scene
    assert personas.available and len(personas.cards) == 3
    for card in personas.cards:
        assert (
            card.n_interviews == 10
            and card.n_accounts >= 5
            and card.n_distinctive_expected is not None
        )
        assert (
            card.first_date <= card.last_date
            and card.valid_until == "2026-12-31"
            and card.cadence == "fresh"
        )
        for field in card.fields:
            assert len(field.statements) <= FAST.per_family
            assert bool(field.statements) != bool(field.status)  # each family has its line
            for s in field.statements:
                assert re.match(
                    r"\d+ of \d+ asked \(\d+ accounts?\), \d+ of \d+ in other roles;"
                    r" (High|Medium|Low)",
                    s.sentence,
                )
                assert s.n_said >= 2 and s.label in s.sentence
        assert 0 <= card.n_match_half <= card.n_interviews
    assert artefact("05_personas").model.model_validate_json(personas.model_dump_json()) == personas


def test_quotes_are_consented_redacted_short_and_spread(scene):
    tables, _, _, personas, _ = scene
    for card in personas.cards:
        assert len({q.person for q in card.quotes}) == len(card.quotes) <= quotes.PER_CARD
        for q in card.quotes:
            assert (
                q.interview != "INT-005"
                and CRM.left_in(q.text) == ""
                and len(q.text.split()) <= quotes.MAX_WORDS
            )
    page = pages.cards_page(personas, "Personas", 5).html
    assert "Farid" not in page and "x@y" not in page and "INT-" not in page


def test_a_quote_that_slips_through_redaction_is_not_exported(scene, monkeypatch):
    tables, found, _, _, material = scene
    monkeypatch.setattr(Names, "redacted", lambda self, text, *_: text)
    codings = tables["codings"].assign(quote="Ask Farid Kowalczyk")
    personas = cards.make_personas(
        found, cards.Sources(codings, *list(vars(material).values())[1:]), FAST, QUARTER
    )
    assert not any(card.quotes for card in personas.cards) and "refused by the gate" in " ".join(
        personas.sentences
    )


def test_cards_as_html_are_escaped_and_in_order(scene):
    *_, personas, _ = scene
    card = personas.cards[0].model_copy(update={"name": "<b>Alex</b> & Co"})
    html = pages.show_cards(personas.model_copy(update={"cards": (card,)})).html
    assert "<b>Alex" not in html and "&lt;b&gt;Alex" in html
    assert html.count("<article") == 1 and html.index("<h3") < html.index("<h4")
    page = pages.cards_page(personas, "Personas", 5).html
    assert page.count("<h1") == 1 and page.count("<article") == 3
    assert "src=" not in page and "http" not in page
    none = cards.Personas(available=False, needs="five interviews")
    assert pages.show_cards(none).text == "five interviews"


def test_a_card_for_sharing_holds_no_small_count(scene):
    """No count of people below five, no interview, and the boxes that people still fill."""
    *_, personas, _ = scene
    view = card_view(personas.cards[0], 5)
    shown = " ".join(f"{t} {e}" for part in view.parts for t, _, e in part.lines)
    assert not [n for n in re.findall(r"\b(\d+) of \d+", shown) if 0 < int(n) < 5]
    assert "INT-" not in shown and "Answer to the objection" not in personas.cards[0].boxes


def test_every_family_of_the_codebook_has_its_line(scene):
    """Statements, no clear answer with its counts, or never asked; and those without a code."""
    _, found, *_ = scene
    group, rows = found.groups[0], found.statements
    mine = rows[rows["role"] == group.role].assign(is_on_card=False)
    fields = {f.family: f for f in cards._fields(mine, found.evidence, group)}
    assert set(fields) >= set(found.evidence.items["family"])
    assert re.match(r"asked, no clear answer \(.+ \d+ of \d+", fields["pain"].status)
    unasked = replace(found.evidence, presence=found.evidence.presence * float("nan"))
    none = {f.family: f for f in cards._fields(mine.iloc[:0], unasked, group)}
    assert none["pain"].status == "never asked"
    assert "Trusted sources" in none["other"].status


def test_cadence(scene):
    assert cards.how_old(pd.Timestamp("2026-09-01"), QUARTER, FAST)[0] == "fresh"
    assert cards.how_old(pd.Timestamp("2026-06-30"), QUARTER, FAST) == ("due", "2026-09-30")
    assert cards.how_old(pd.Timestamp("2026-03-31"), QUARTER, FAST)[0] == "overdue"
    patient = FAST.model_copy(update={"due_quarters": 2, "overdue_quarters": 4})
    assert cards.how_old(pd.Timestamp("2026-06-30"), QUARTER, patient)[0] == "fresh"


def test_names_alliterate_stay_and_avoid_people_of_the_crm(scene):
    _, found, *_ = scene
    first, second = (names.name_groups(found.groups, (), CRM) for _ in range(2))
    assert first == second and len(set(first.values())) == 3
    for name in first.values():
        word, given = name.split()
        assert word[0] == given[0] and given in names.GIVEN_NAMES
    others = [n for n in names.GIVEN_NAMES if n not in ("River", "Taylor")]
    taken = Names(account=["River Bank"], person=[f"{n} Smith" for n in others])
    again = names.name_groups(found.groups, (), taken)
    assert (
        "River" not in " ".join(again.values())
        and "Technical Taylor" in again.values()
        and "Economic buyer" in again.values()
    )
    assert set(names.name_groups(found.groups, (), CRM, are_used=False).values()) == {
        "Economic buyer",
        "Technical buyer",
        "End user",
    }


def test_empty_cells_of_the_matrix_say_so_and_show_no_counts(scene):
    *_, matrix, _, _ = scene
    assert len(matrix) == 6
    own, poor = matrix[matrix["has_evidence"]], matrix[~matrix["has_evidence"]]
    assert len(own) >= 3 and len(poor) >= 1
    assert set(poor["note"]) <= {messaging.NO_EVIDENCE, messaging.SMALL_CELL} and set(
        own["note"].fillna("")
    ) <= {"", messaging.UNCOUNTED}
    assert poor.loc[poor["note"] == messaging.SMALL_CELL, "n_interviews"].isna().all()
    assert (
        matrix.loc[matrix["persona_id"] == "persona-economic-buyer", "answer"]
        == "Show the first month"
    ).all()
    html = pages.show_matrix(matrix).html
    assert (
        html.count('class="no-evidence"') == len(poor)
        and 'scope="row"' in html
        and 'scope="col"' in html
    )


def test_no_hidden_cell_follows_from_the_others_and_the_total(scene):
    *_, matrix, personas, _ = scene
    totals = {card.persona_id: card.n_interviews for card in personas.cards}
    hidden = matrix[matrix["note"] == messaging.SMALL_CELL]
    assert len(hidden)
    for persona, cells in matrix[matrix["persona_id"].isin(hidden["persona_id"])].groupby(
        "persona_id"
    ):
        assert (
            cells["n_interviews"].isna().sum() >= 2
            or totals[persona] - cells["n_interviews"].sum() >= messaging.MIN_CELL
        )
        partner = cells[cells["note"] == messaging.UNCOUNTED]
        assert (
            len(partner) == 1
            and not partner["evidence"].str.contains(r"\d of \d").any()
            and partner["pain"].ne("").all()
        )


@pytest.mark.parametrize(
    "sizes, shown",
    [
        ((7, 5, 0), {"a", "b", "c"}),
        ((7, 5, 2), {"a"}),
        ((7, 1, 1), set()),
        ((7, 2, 2), {"a"}),
        ((2, 0, 0), {"b", "c"}),
        ((9, 8, 1), {"a"}),
    ],
)
def test_cells_whose_counts_are_shown(sizes, shown):
    cells = {
        name: pd.DataFrame({"account_id": [f"A{i}" for i in range(n)]})
        for name, n in zip("abc", sizes, strict=True)
    }
    assert messaging._shown(cells) == shown


def test_two_profiles_make_two_rows_for_every_persona(scene):
    tables, found, *_ = scene
    made = Provenance(
        quarter="2026Q3", best_by="revenue", best_share=0.2, n_customers=1, n_best=1, n_attributes=1
    )
    two = Profiles(
        profiles=tuple(
            IdealCustomerProfile(name=n, provenance=made) for n in ("Fintech", "E-commerce")
        )
    )
    assert messaging.list_segments(found.evidence, two) == ["Fintech", "E-commerce"]


# --- engagement -----------------------------------------------------------------------------------


def touches(n_accounts=12, liked=0.6, other=0.1):
    """Two contacts an account, ten messages each: e-mails are answered more often than calls."""
    rows = []
    for a in range(n_accounts):
        for c in range(2):
            for i in range(10):
                channel = "Email" if i < 5 else "Phone"
                share = liked if channel == "Email" else other
                rows.append(
                    (
                        f"c{a}-{c}",
                        f"A{a}",
                        channel,
                        "Case study" if i % 2 else "Newsletter",
                        (i % 5) < round(share * 5),
                    )
                )
    table = pd.DataFrame(
        rows, columns=["contact_id", "account_id", "channel", "content", "is_replied"]
    )
    table = table.assign(
        date=AS_OF, buying_role="End User", is_sent=True, is_opened=True, is_clicked=pd.NA
    )
    contacts = (
        table[["contact_id", "account_id"]]
        .drop_duplicates()
        .assign(
            created_date=AS_OF,
            buying_role="End User",
            seniority=None,
            function=None,
            title_generic=None,
        )
    )
    return artefact("01_engagement").check(table), artefact("01_contacts").check(contacts)


def stated(code, n_said, confidence="High"):
    row = {
        "role": "end_user",
        "persona_id": "persona-end-user",
        "code_id": code,
        "label": code,
        "family": "channel",
        "n_asked": 6,
        "n_said": n_said,
        "confidence": confidence,
    }
    return pd.DataFrame([row])


def measured(statements_, **kwargs):
    events, contacts = touches(**kwargs)
    accounts = pd.DataFrame(
        {
            "account_id": [f"A{i}" for i in range(12)],
            "is_customer": True,
            "is_churned": [False] * 9 + [True] * 3,
        }
    )
    deals = pd.DataFrame(
        {"account_id": ["A0", "A1", "A1", "A2", "A3", "A4"], "is_won": [True] * 5 + [False]}
    )
    return engagement.measure_engagement(
        events, engagement.roles_of_contacts(contacts), accounts, deals, statements_
    )


def test_words_and_deeds_agree_or_conflict():
    agree, conflict = (
        measured(stated("likes_email", 5)),
        measured(stated("likes_phone_calls", 5), liked=0.8, other=0.0),
    )
    email = agree[(agree["measure"] == "replied") & (agree["value"] == "Email")].iloc[0]
    assert (email["stated_said"], email["stated_asked"], bool(email["has_conflict"])) == (
        5,
        6,
        False,
    )
    assert email["rate"] == pytest.approx(0.6) and email["rate_low"] < 0.6 < email["rate_high"]
    phone = conflict[(conflict["measure"] == "replied") & (conflict["value"] == "Phone")].iloc[0]
    assert bool(phone["has_conflict"]) and "preferred in words, answered less" in phone["sentence"]
    rejected = measured(stated("likes_email~against", 5), liked=0.8, other=0.0)
    assert bool(
        rejected[(rejected["measure"] == "replied") & (rejected["value"] == "Email")][
            "has_conflict"
        ].iloc[0]
    )


def test_matched_touches_are_compared_within_people_and_called_an_association():
    table = measured(stated("likes_email", 5))
    matched = table[table["measure"] == "matched minus unmatched"].iloc[0]
    assert (
        matched["rate"] == pytest.approx(0.6 - 0.2, abs=0.21)
        and "association" in matched["sentence"]
    )
    assert (
        measured(stated("likes_email", 5, confidence=""))
        .query("measure == 'matched minus unmatched'")
        .empty
    )


def test_opens_are_never_used_and_unknown_outcomes_are_left_out():
    table = measured(stated("likes_email", 5))
    assert set(table["measure"]) <= {
        "replied",
        "retained",
        "won deals with the role",
        "matched minus unmatched",
    }  # clicks are unknown here
    assert table[table["measure"] == "retained"]["rate"].iloc[0] == pytest.approx(9 / 12)
    assert table[table["measure"] == "won deals with the role"]["n_trials"].iloc[0] == 5


def test_without_contacts_engagement_is_empty_and_says_what_it_needs():
    empty = [artefact(f"01_{n}").empty() for n in ("engagement", "contacts", "accounts", "deals")]
    roles = engagement.roles_of_contacts(empty[1])
    table = engagement.measure_engagement(
        empty[0], roles, empty[2], empty[3], artefact("05_statements").empty()
    )
    assert (
        table.empty
        and "needs the sources" in engagement.describe_engagement(table)
        and "No contacts" in engagement.describe_contacts(roles)
    )


# --- anti-personas --------------------------------------------------------------------------------

SETTINGS = AntiPersona(forbidden_tech=("Mainframe",), unserved_models=("Agency",))


def portfolio():
    """Forty accounts: the first ten haggle and ask for what is not there, two are agencies, one
    runs a mainframe, the last ten are prospects.
    """
    n = 40
    accounts = artefact("01_accounts").empty().reindex(range(n))
    accounts = accounts.assign(
        account_id=[f"A{i:02d}" for i in range(n)],
        is_customer=[True] * 30 + [False] * 10,
        is_prospect=[False] * 30 + [True] * 10,
    )
    accounts["is_churned"] = [i < 6 for i in range(n)]
    accounts = artefact("01_accounts").check(
        accounts.assign(
            start_date=AS_OF - pd.Timedelta(days=400),
            tenure_days=400.0,
            support_cost_share=[0.5 if i == 12 else 0.02 for i in range(n)],
            support_hours=5.0,
            business_model=[
                "Agency" if i in (20, 35) else None if i == 36 else "Shop" for i in range(n)
            ],
            tech_stack=[
                ("Mainframe",) if i == 21 else None if i == 37 else ("AWS",) for i in range(n)
            ],
        )
    )
    deals = pd.DataFrame(
        {
            "deal_id": [f"D{i:02d}" for i in range(n)],
            "account_id": accounts["account_id"],
            "created_date": AS_OF - pd.DateOffset(years=1),
            "close_date": AS_OF - pd.DateOffset(months=6),
            "is_closed": [i < 35 for i in range(n)],
            "is_won": [i < 30 for i in range(n)],
            "deal_amount": 100.0,
            "discount_rate": [0.4 if i < 10 else None if i == 38 else 0.05 for i in range(n)],
            "n_quote_revisions": [4.0 if i < 10 else None if i == 38 else 1.0 for i in range(n)],
            "lead_source": None,
            "lost_reason": None,
            "cycle_days": 30.0,
            "owner": "hashed",
        }
    )
    wishes = [
        (f"A{i:02d}", AS_OF - pd.Timedelta(days=d), "Feature gap")
        for i in range(8)
        for d in (390, 340, 300)  # in their first half year: what counts is known before they leave
    ] + [("A15", AS_OF - pd.Timedelta(days=d), "Feature gap") for d in (10, 300, 600)]
    tickets = pd.DataFrame(wishes, columns=["account_id", "opened_date", "tag"]).assign(
        ticket_id=range(len(wishes)), hours=1.0
    )
    return (
        accounts,
        artefact("01_deals").check(deals),
        artefact("01_tickets").check(tickets.astype({"ticket_id": str})),
    )


@pytest.fixture(scope="module")
def flagged():
    accounts, deals, tickets = portfolio()
    tables, _ = study(n=12, seed=2)
    interviews, counted, *_ = analyse(tables)
    flags = anti.flag_accounts(accounts, deals, tickets, counted, SETTINGS)
    return (
        accounts,
        deals,
        flags.set_index("account_id"),
        anti_outcomes.measure_anti_personas(flags, accounts, deals, counted, SETTINGS, AS_OF),
    )


def test_five_criteria_and_what_is_missing_is_not_a_no(flagged):
    _, _, flags, _ = flagged
    assert list(flags.index[flags["is_ap1"].fillna(False)]) == [f"A{i:02d}" for i in range(10)]
    assert list(flags.index[flags["is_ap2"].fillna(False)]) == [
        f"A{i:02d}" for i in range(8)
    ]  # three wishes in two years are not three in 180 days
    assert list(flags.index[flags["is_ap3"].fillna(False)]) == ["A12"]
    assert list(flags.index[flags["is_ap4"].fillna(False)]) == ["A21"] and list(
        flags.index[flags["is_ap5"].fillna(False)]
    ) == ["A20", "A35"]
    assert (
        flags.loc["A38", "is_ap1"] is pd.NA
        and flags.loc["A36", "is_ap5"] is pd.NA
        and flags.loc["A37", "is_ap4"] is pd.NA
    )
    assert flags.loc["A32", "is_ap2"] is pd.NA  # a prospect has no tickets to speak of


def test_one_hard_or_two_soft(flagged):
    _, _, flags, _ = flagged
    assert set(flags.index[flags["is_anti_persona"].fillna(False)]) == {
        f"A{i:02d}" for i in range(8)
    } | {"A20", "A21", "A35"}
    assert not flags.loc["A12", "is_anti_persona"]
    assert not flags.loc["A08", "is_anti_persona"]
    assert flags.loc["A36", "is_anti_persona"] is pd.NA


def test_before_signing_only_hard_criteria_count(flagged):
    _, _, flags, table = flagged
    assert set(flags.index[flags["is_flagged_before_signing"].fillna(False)]) == {
        "A20",
        "A21",
        "A35",
    }
    rule = table.set_index("criterion").loc["anti-persona", "rule"]
    assert rule == "Do not pursue when: Technology: runs Mainframe; Business model is Agency"
    assert not any(word in rule for word in ("ticket", "support", "churn"))


def test_outcomes_of_flagged_and_other_accounts(flagged):
    *_, table = flagged
    whole = table.set_index("criterion").loc["anti-persona"]
    assert whole["churned_share"] == pytest.approx(6 / 10) and whole["churned_share_rest"] == 0
    assert whole["churned_share_low"] < 0.6 < whole["churned_share_high"]
    assert table["n_accounts"].eq(40).all() and whole["n_missing"] > 0
    # one sign of two is enough: those who show it are known, those who do not are not
    assert whole["n_base"] == 40 and "at least 11 of 40 accounts (" in whole["sentence"]


def test_the_rule_is_checked_on_what_came_after(flagged):
    accounts, deals, flags, _ = flagged
    words = anti_outcomes.check_forward(
        flags.reset_index(), deals, accounts, AS_OF - pd.DateOffset(years=1)
    )
    assert "flagged before: 2 of 2 won" in words and "others: 28 of 33 won" in words
    assert "needs an earlier quarter" in anti_outcomes.check_forward(None, deals, accounts, None)


def test_without_settings_and_deals_criteria_are_unknown_not_false():
    accounts, deals, tickets = portfolio()
    tables, _ = study(n=12, seed=2)
    interviews, counted, *_ = analyse(tables)
    flags = anti.flag_accounts(accounts, deals.iloc[:0], tickets.iloc[:0], counted, AntiPersona())
    assert flags[["is_ap1", "is_ap4", "is_ap5"]].isna().all().all()
    table = anti_outcomes.measure_anti_personas(
        flags, accounts, deals.iloc[:0], counted, AntiPersona(), AS_OF
    )
    assert "Nothing is known for AP1" in anti_outcomes.describe_anti(table)
    assert math.isnan(table["win_rate"].iloc[0])


def test_interviewees_who_left_speak_for_the_anti_codes():
    tables, _ = study(n=12, seed=2, coders=1)
    tables["codebook"].loc[0, "family"] = "anti_price"
    code = tables["codebook"]["code_id"][0]
    tables["interviews"].loc[:3, "relationship"] = "churned"
    base = tables["codings"][tables["codings"]["code_id"] != code]
    said = base.drop_duplicates("interview_id").assign(code_id=code)
    tables["codings"] = pd.concat(
        [base, said[said["interview_id"].isin(tables["interviews"]["interview_id"][:4])]]
    )
    accounts, deals, tickets = portfolio()
    interviews, counted, *_ = analyse(tables)
    flags = anti.flag_accounts(accounts, deals, tickets, counted, SETTINGS)
    row = (
        anti_outcomes.measure_anti_personas(flags, accounts, deals, counted, SETTINGS, AS_OF)
        .set_index("criterion")
        .loc["AP1"]
    )
    assert (row["n_interviews_said"], row["n_interviews_asked"], row["interview_label"]) == (
        4,
        4,
        "High",
    )
