"""Columns of people, by header in many languages and by content."""

import pandas as pd
import pytest

from icplib.names import is_people, kind_of

PEOPLE = pd.Series(["Anna Schmidt", "Peter Kurz", "Maria Lopez", "Bob Miller"])
USUAL = """Account Executive; Account Owner; Opportunity Owner; Owner; Owner Name; Sales Rep; CSM;
Customer Success Manager; Account Manager; SDR; BDR; AE; Sales Representative; Created By;
CreatedBy; Last Modified By; Modified By; Assigned To; Closed By; Executive Sponsor;
Champion; Decision Maker;
Primary Contact; Contact; Contact Name; Full Name; Key Contact; Consultant; Relationship Manager;
Seller; Salesperson; CEO; Ansprechpartner; Kundenbetreuer; Verkäufer; Geschäftsführer; Bearbeiter;
Propriétaire de l'opportunité; Interlocuteur; Commercial; Vendedor; Ejecutivo de cuenta;
Responsável; Venditore; Referente; Eigenaar; Contactpersoon; Opiekun klienta; Handlowiec""".replace(
    "\n", " "
)
NO_PEOPLE = """Industry; Employees; Buying Role; Number of Owners; Ownership; Ownership Type;
Contact Count; Decision Maker Count; Technical Contact Identified; Lead Source; Account Type;
Sales Region; Owner Role; Manager Level; Contract; Commerce Platform; Contact Channel"""


@pytest.mark.parametrize("header", [h.strip() for h in USUAL.split(";")])
def test_usual_headers_of_people_are_known(header):
    assert kind_of(header) == "person" and is_people(header, PEOPLE)


@pytest.mark.parametrize("header", [h.strip() for h in NO_PEOPLE.replace("\n", " ").split(";")])
def test_a_header_that_only_sounds_like_people_is_none(header):
    assert kind_of(header) == ""


def test_a_header_of_people_over_counts_or_answers_is_none():
    assert not is_people("Owner", pd.Series(["1", "2", "30"]))
    assert not is_people("Champion", pd.Series(["yes", "no", "Yes"]))


@pytest.mark.parametrize(
    "cells",
    [
        ["Anna Schmidt", "Peter Kurz", "Maria Lopez", "Bob Miller"],
        ["Schmidt, Anna", "Kurz, Peter", "Lopez, Maria"],
        ["José García", "Łukasz Nowak", "Jean-Pierre Dubois", "Anna Maria Rossi", "Tom Hall"],
    ],
)
def test_people_are_found_by_content_whatever_the_header(cells):
    assert is_people("Team", pd.Series(cells))


@pytest.mark.parametrize(
    "cells",
    [
        ["New York", "San Francisco", "North America", "United States"],
        ["Financial Services", "Health Care", "Real Estate", "Consumer Goods"],
        ["Will not buy", "Mark as lost", "Grace period", "Price"],
        ["Salesforce", "HubSpot", "Max", "Will"],
    ],
)
def test_levels_of_two_words_are_no_people(cells):
    assert not is_people("Segment", pd.Series(cells))


def test_cells_that_equal_known_people_are_people():
    cells = pd.Series(["Qalandar Oyelaran", "Siobhan Ngata", "Qalandar Oyelaran"])
    assert is_people("Pod", cells, known={"qalandar oyelaran", "Siobhan Ngata"})
    assert not is_people("Pod", cells)
