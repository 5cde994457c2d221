"""Stages, statuses, documents and types of deals, by whole words in eight languages."""

import pytest

from icplib.exports.meanings import (
    document_meaning,
    interval_months,
    is_trial,
    plain,
    read_words,
    says_churn,
    stage_meaning,
    status_meaning,
    type_meaning,
)

WON = """Closed Won;closedwon;6 - Closed Won (100%);Won;Closed Won - Expansion;Geschlossen und gewonnen;Gewonnen;Auftrag erhalten
Fermée gagnée;Clôturée - gagnée;Cerrada ganada;Ganado;Fechado e ganho;Fechado ganho;Chiusa vinta;Chiuso vinto;Gesloten en gewonnen
Negócio fechado;Chiusa con successo;Gewonnen (Neukunde);Won 🎉
Afgesloten - gewonnen;Zamknięte - wygrane;Wygrana;Umowa podpisana;Contract signed;Won (Sales Pipeline)"""  # noqa: E501
LOST = """Closed Lost;closedlost;Closed Lost - won by competitor;Lost to competitor, won by X;Closed-Lost to Competition;Won't buy
Geschlossen und verloren;Verloren;Abgesagt;Clôturée et perdue;Fermée perdue;Perdu (prix);Cerrada perdida;Perdido;Fechado e perdido
Chiusa con insuccesso;Anderweitig verkauft;Nicht gewonnen;Cerrado perdido para la competencia
Chiuso perso;Chiusa persa;Gesloten en verloren;Verloren aan concurrent;Zamknięte - przegrane;Przegrana;Disqualified;No decision"""  # noqa: E501
OPEN = """Negotiation;Negotiation/Review;Id. Decision Makers;Proposal/Price Quote;Qualified To Buy;Contract Sent;Verhandlung
Angebot;Qualifizierung;Négociation;Proposition;Negociación;Propuesta;Negociação;Proposta;Trattativa in negoziazione;Offerta
Vorschlag;Decisor incorporado;Negociaciones iniciadas;Negoziazioni avviate;Złożono ofertę;Active;Rozpoczęto negocjacje
Onderhandeling;Voorstel;Negocjacje;Oferta;Legal review;Demo Scheduled"""  # noqa: E501
UNKNOWN = """94012345;Closed;Not won;Won by competitor;Recover lost deal;Geschlossen;Phase 3;Wonderland;Gewonnenes verloren?"""  # noqa: E501


@pytest.mark.parametrize(
    "names, meaning", [(WON, "won"), (LOST, "lost"), (OPEN, "open"), (UNKNOWN, None)]
)
def test_a_stage_is_read_by_its_whole_name(names, meaning):
    told = {name: stage_meaning(name) for name in names.replace("\n", ";").split(";")}
    assert told == dict.fromkeys(told, meaning)


def test_a_part_of_a_word_decides_nothing():
    assert plain("Won't buy (5 %)") == "wont buy"
    assert stage_meaning("Wonderful") is None and stage_meaning("Clostridium") is None


def test_statuses_and_documents():
    out = "Abgebrochen Cancel Void Draft Storniert Entwurf Annulée Anulada Bozza Geannuleerd"
    counts = "Paid Überfällig Envoyée Pagada Paga Pagata Betaald Opłacona"
    assert {status_meaning(s) for s in out.split()} == {"out"}
    assert {status_meaning(s) for s in counts.split()} == {"counts"}
    assert status_meaning("Partially refunded") == "counts" and status_meaning("Refunded") == "out"
    assert status_meaning("Sent to the moon") is None
    credit = "Credit Memo;Gutschrift;Avoir;Nota de crédito;Nota di credito;Creditnota;ACCRECCREDIT"
    assert {document_meaning(d) for d in credit.split(";")} == {"credit"}
    assert document_meaning("Invoice") == "counts" and document_meaning("Estimate") == "out"


def test_renewals_are_no_first_sales():
    repeat = (
        "Renewal;Existing Customer -"
        " Upgrade;Verlängerung;Renouvellement;Renovación;Rinnovo;Verlenging;Upsell"
    )
    assert {type_meaning(t) for t in repeat.split(";")} == {"repeat"}
    assert {type_meaning(t) for t in ("New Business", "Neugeschäft", "License")} == {"first"}


def test_what_company_toml_says_comes_first():
    said = read_words(["Phase 3", "Closed Won"], stage_meaning, {"phase 3 ": "won"})
    assert said == {"Phase 3": "won", "Closed Won": "won"}


def test_subscriptions_and_leaving():
    told = {"month": 1, "3 months": 3, "Jährlich": 12, "trimestriel": 3, "mensal": 1, "aeon": None}
    assert {name: interval_months(name) for name in told} == told
    assert is_trial("in_trial") and is_trial("trialing") and not is_trial("active")
    assert all(map(says_churn, ("Gekündigt", "Churn Date", "Date de résiliation", "Opzegdatum")))
    assert not says_churn("Branche")
