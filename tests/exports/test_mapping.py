"""Headers of real and documented exports are recognised, and what is not is said."""

import pytest

from icplib.exports import read_table
from icplib.exports.mapping import demand, map_headers, presets, recognise, suggest
from icplib.gather.canon import FIELDS
from icplib.problems import UserError


def mapped(source, headers, preset, declared=None):
    return map_headers(source, headers, preset, FIELDS[source], declared)


def test_presets_name_only_columns_that_exist_and_grade_every_header():
    for preset in presets().values():
        assert preset.note.strip()
        for source, columns in preset.sources.items():
            assert set(columns) <= set(FIELDS[source]), (preset.name, source)
            assert all(grade in "ABCD?" for forms in columns.values() for grade in forms.values())


@pytest.mark.parametrize(
    "preset, source, headers, wanted",
    [
        (
            "salesforce",
            "accounts",
            "Id,Name,Website,Industry,AnnualRevenue,NumberOfEmployees,BillingCountry",
            "account_id account_name domain industry annual_revenue_amount n_employees country",
        ),
        (
            "salesforce",
            "accounts",
            "ACCOUNT ID,EMPLOYEES,Billing State/Province",
            "account_id n_employees state",
        ),
        (
            "salesforce",
            "deals",
            "Id,AccountId,StageName,Amount,CloseDate,IsWon,CreatedDate",
            "deal_id account_id stage deal_amount close_date is_won created_date",
        ),
        (
            "hubspot",
            "accounts",
            "Record ID,Company name,Company Domain Name,Number of Employees,Country/Region",
            "account_id account_name domain n_employees country",
        ),
        (
            "hubspot",
            "accounts",
            "ID de registro,Nombre de la empresa,Ciudad,País/región",
            "account_id account_name city country",
        ),
        (
            "hubspot",
            "deals",
            (
                "Record ID,Deal Name,Deal Stage,Amount,Close Date,Create Date,Associated Company"
                " IDs (Primary)"
            ),
            "deal_id deal_name stage deal_amount close_date created_date account_id",
        ),
        (
            "pipedrive",
            "deals",
            "Deal - ID,Deal - Value,Deal - Organization,Deal - Status,Deal - Won time",
            "deal_id deal_amount account_name stage won_date",
        ),
        (
            "pipedrive",
            "deals",
            "ID,Value,Organization,Status,Lost reason",
            "deal_id deal_amount account_name stage lost_reason",
        ),
        (
            "zoho",
            "accounts",
            (
                "Record Id,Account Owner.id,Account Owner,Account Name,Employees,Billing Address -"
                " City"
            ),
            "account_id owner  account_name n_employees city",
        ),
        (
            "zoho",
            "deals",
            "Potential Name,Closing Date,Amount,Stage,Account Name",
            "deal_name close_date deal_amount stage account_name",
        ),
        (
            "fivetran",
            "accounts",
            "id,property_name,property_annualrevenue,property_country",
            "account_id account_name annual_revenue_amount country",
        ),
        (
            "salesforce",
            "prospects",
            "Prospect ID,Company,Industry,Country,Employees,Parent Account ID",
            "account_id account_name industry country n_employees parent_id",
        ),
        (
            "hubspot",
            "prospects",
            "Lead ID,Company,Number of Employees",
            "account_id account_name n_employees",
        ),
        (
            "plain",
            "invoices",
            "account id,Invoice Date,revenue_amount",
            "account_id invoice_date revenue_amount",
        ),
    ],
)
def test_headers_of_every_crm_in_any_order(preset, source, headers, wanted):
    headers = headers.split(",")
    for order in (headers, headers[::-1]):
        found = mapped(source, order, preset)
        by_header = {h: c for c, h in found.columns.items()}
        assert [by_header.get(h, "") for h in headers] == wanted.split(" ")


def test_the_converted_amount_is_preferred_and_knows_its_currency():
    found = mapped(
        "deals",
        ["Amount Currency", "Amount", "Amount (converted) Currency", "Amount (converted)"],
        "salesforce",
    )
    assert (
        found.columns["deal_amount"] == "Amount (converted)"
        and found.currencies["Amount (converted)"] == "Amount (converted) Currency"
    )
    assert found.unknown == ("Amount",)


def test_a_renamed_header_is_declared_by_hand_and_a_typo_names_the_nearest():
    found = mapped(
        "accounts", ["Kundennummer", "Name"], "salesforce", {"account_id": "Kundennummer"}
    )
    assert found.columns["account_id"] == "Kundennummer" and found.grades["account_id"] == "set"
    assert (
        "industry"
        not in mapped("accounts", ["Id", "Industry"], "salesforce", {"industry": ""}).columns
    )
    with pytest.raises(UserError, match="Did you mean 'Kundennummer'"):
        mapped("accounts", ["Kundennummer"], "salesforce", {"account_id": "Kundenummer"})
    with pytest.raises(UserError, match="Did you mean 'industry'"):
        mapped("accounts", ["Branche"], "salesforce", {"industri": "Branche"})
    with pytest.raises(
        UserError, match='no column is recognised as churn_date.*churn_date = "Churned date"'
    ):
        demand(
            mapped("churn", ["Account ID", "Churned date"], "salesforce"),
            "churn_date",
            "churn",
            "Churn.csv",
        )


@pytest.mark.parametrize(
    "preset, source, name, headers",
    [
        (
            "salesforce",
            "accounts",
            "report1759.csv",
            (
                "Account ID,Account Name,Account Owner,Type,Industry,Employees,Annual"
                " Revenue,Billing Country,Created Date"
            ),
        ),
        (
            "salesforce",
            "deals",
            "x.csv",
            (
                "Opportunity ID,Account ID,Stage,Amount,Close Date,Created Date,Lead"
                " Source,Probability (%)"
            ),
        ),
        (
            "hubspot",
            "accounts",
            "all-companies.csv",
            (
                "Record ID,Company name,Company Domain Name,Industry,Number of Employees,Lifecycle"
                " Stage,Create Date"
            ),
        ),
        (
            "hubspot",
            "deals",
            "all-deals.csv",
            (
                "Record ID,Deal Name,Pipeline,Deal Stage,Amount,Close Date,Create Date,Associated"
                " Company IDs (Primary)"
            ),
        ),
        (
            "pipedrive",
            "deals",
            "deals.csv",
            (
                "Deal - ID,Deal - Title,Deal - Value,Deal - Organization,Deal - Status,Deal - Won"
                " time,Deal - Lost reason"
            ),
        ),
        (
            "zoho",
            "deals",
            "Potentials.csv",
            "Potential Name,Potential Owner,Created Time,Closing Date,Amount,Stage,Lead Source",
        ),
        (
            "salesforce",
            "prospects",
            "new_list.csv",
            "Prospect ID,Company,Industry,Country,Employees",
        ),
        (
            "salesforce",
            "accounts",
            "customers.csv",
            "Account ID,Account Name,Industry,Country,City,Employees,Website",
        ),
        (
            "zoho",
            "prospects",
            "Leads.csv",
            "Record Id,Company,Lead Owner,Industry,No. of Employees,Lead Source",
        ),
        (
            "fivetran",
            "accounts",
            "company.csv",
            "id,is_deleted,property_name,property_createdate,property_industry,property_city,property_country,property_annualrevenue",
        ),
    ],
)
def test_an_export_is_recognised_with_its_certainty(preset, source, name, headers):
    found = recognise(headers.split(","), name)
    assert (
        (found.preset, found.source) == (preset, source)
        and 0.4 < found.confidence <= 0.99
        and presets()[preset].title in found.sentence
    )


def test_what_is_no_export_of_a_crm_is_not_recognised():
    assert recognise(["colour", "weight"]) is None


def test_real_salesforce_and_warehouse_files(shared_data):
    for folder, file, preset, source in (
        ("sfdc-dev-org", "Account.csv", "salesforce", "accounts"),
        ("sfdc-dev-org", "Opportunity.csv", "salesforce", "deals"),
        ("sfdc-dev-org", "Contact.csv", "salesforce", "contacts"),
        ("fivetran", "hubspot_deal_data.csv", "fivetran", "deals"),
        ("fivetran", "hubspot_company_data.csv", "fivetran", "accounts"),
    ):
        table, _ = read_table(shared_data(folder) / file)
        found = recognise(table.columns, file)
        assert (found.preset, found.source) == (preset, source), found


def test_suggestions_for_unknown_headers():
    assert (
        suggest("Employee count", FIELDS["accounts"]) == "n_employees"
        and suggest("Zodiac", FIELDS["accounts"]) is None
    )
