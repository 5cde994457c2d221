import pandas as pd

from icplib.icp import Criterion, IdealCustomerProfile, Profiles, Provenance

HEAD = {"label": "x", "words": "w", "verdict": "holds up"}
INDUSTRY = Criterion(attribute="industry", op="in", values=("fintech", "e-commerce"), **HEAD)
SIZE = Criterion(
    attribute="n_employees",
    op="between",
    low=200,
    high=1500,
    **{**HEAD, "words": "200-1,500 employees"},
)
CRM = Criterion(
    attribute="tech_stack", op="contains", values=("HubSpot",), **{**HEAD, "words": "uses HubSpot"}
)
ACCOUNTS = pd.DataFrame(
    {
        "industry": ["fintech", "steel", None, "e-commerce"],
        "n_employees": [200.0, 300.0, 5.0, None],
        "tech_stack": [("HubSpot", "AWS"), (), None, ("AWS",)],
    }
)


def profile(criteria, n_headline):
    source = Provenance(
        quarter="2026Q3", best_by="revenue", best_share=0.2, n_customers=4, n_best=1, n_attributes=3
    )
    return IdealCustomerProfile(
        name="P", criteria=criteria, n_headline=n_headline, provenance=source
    )


def test_a_criterion_is_met_unmet_or_unknown():
    assert INDUSTRY.met(ACCOUNTS).tolist() == [True, False, pd.NA, True]
    assert SIZE.met(ACCOUNTS).tolist() == [True, True, False, pd.NA]
    assert CRM.met(ACCOUNTS).tolist() == [True, False, pd.NA, False]


def test_a_profile_is_three_valued():
    both = profile((INDUSTRY, SIZE, CRM), 2)
    assert both.fits(ACCOUNTS).tolist() == [
        True,
        False,
        False,
        pd.NA,
    ]  # one unmet line decides, whatever else is unknown
    assert profile((), 0).fits(ACCOUNTS).isna().all()
    assert list(both.met(ACCOUNTS)) == ["w", "200-1,500 employees", "uses HubSpot"]


def test_fitting_any_profile_is_fitting():
    two = Profiles(
        profiles=(profile((INDUSTRY,), 1), profile((SIZE,), 1).model_copy(update={"name": "Q"}))
    )
    assert two.fits(ACCOUNTS).tolist() == [True, True, pd.NA, True]
    assert two.which(ACCOUNTS).fillna("-").tolist() == ["P", "Q", "-", "P"]


def test_a_profile_survives_json():
    one = profile((INDUSTRY, SIZE), 1)
    assert IdealCustomerProfile.model_validate_json(one.model_dump_json()) == one
