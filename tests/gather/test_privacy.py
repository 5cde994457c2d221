"""Personal data: dropped by default, hashed or kept by declaration in every source, and no sentence
in a column of words.
"""

import pytest

from gather_company import company, quality
from icplib import gather as step
from icplib.gather.privacy import hashed
from icplib.problems import UserError
from icplib.tables import artefact

STORY = "Jane Roe of Acme told me that the {} was late again and she is angry"
FILES = {
    "accounts.csv": (
        "account_id,account_name,Contact e-mail,CSM,owner\n"
        + "".join(f"{i},Company {i},jane{i}@acme.com,Ann Lee,Sam Poe\n" for i in range(8))
    ),
    "deals.csv": (
        "deal_id,account_id,created_date,close_date,is_won,is_closed,deal_amount,deal_name,owner,lost_reason\n"
        + "".join(
            f"d{i},{i},2025-01-01,2025-02-01,yes,yes,100,Jane {i},Sam Poe,{STORY.format(i)}\n"
            for i in range(8)
        )
    ),
    "contacts.csv": (
        "contact_id,account_id,First Name,email,title\n"
        + "".join(f"c{i},{i},Jane{i},jane{i}@acme.com,CFO\n" for i in range(8))
    ),
    "tickets.csv": (
        "ticket_id,account_id,opened_date,tag,Reporter phone\n"
        + "".join(f"t{i},{i},2025-02-02,{STORY.format(i)},(512) 757-600{i}\n" for i in range(8))
    ),
    "engagement.csv": (
        "contact_id,date,channel,Sender name\n"
        + "".join(f"c{i},2025-02-02,mail,Ann Lee\n" for i in range(8))
    ),
}
TOML = 'name = "small"\n[sources]\n' + "".join(
    f'{name} = "{name}.csv"\n'
    for name in ("accounts", "deals", "contacts", "tickets", "engagement")
)
TABLES = ("accounts", "deals", "contacts", "tickets", "engagement")
PEOPLE = ("Jane", "@acme.com", "Ann Lee", "Sam Poe", "757-600")


def gathered(tmp_path, monkeypatch, toml="", files=FILES):
    return step.gather(company(tmp_path, monkeypatch, files=files, toml=TOML + toml))


def cells(found):
    return " ".join(
        str(cell)
        for name in found.__dataclass_fields__
        for cell in getattr(found, name).to_numpy().ravel()
    )


def test_by_default_no_person_is_in_any_artefact(tmp_path, monkeypatch):
    found = gathered(tmp_path, monkeypatch)
    assert not [person for person in PEOPLE if person in cells(found)]
    audit = found.columns.set_index(["source", "column"])["privacy"]
    assert (
        audit[("deals", "deal_name")]
        == audit[("contacts", "First Name")]
        == audit[("tickets", "Reporter phone")]
        == "dropped"
    )
    assert audit[("deals", "owner")] == audit[("contacts", "contact_id")] == "hashed"


@pytest.mark.parametrize(
    "source, header, column",
    [
        ("accounts", "Contact e-mail", "contact_e_mail"),
        ("accounts", "CSM", "csm"),
        ("accounts", "owner", "owner_attribute"),
        ("deals", "deal_name", "deal_name_kept"),
        ("contacts", "First Name", "first_name"),
        ("contacts", "email", "email_kept"),
        ("contacts", "contact_id", "contact_id_kept"),
        ("tickets", "Reporter phone", "reporter_phone"),
        ("engagement", "Sender name", "sender_name"),
    ],
)
def test_a_declared_column_stands_beside_the_rows_of_its_source_and_nowhere_else(
    tmp_path, monkeypatch, source, header, column
):
    found = gathered(tmp_path, monkeypatch, f'[privacy]\nkeep = ["{source}.{header}"]\n')
    table = getattr(found, source)
    raw = {
        line.split(",")[FILES[f"{source}.csv"].split("\n")[0].split(",").index(header)]
        for line in FILES[f"{source}.csv"].splitlines()[1:]
    }
    assert (
        set(table[column]) == raw
        and artefact(f"01_{source}").check(table)[column].notna().all()
        and artefact(f"01_{source}").sensitivity != "aggregate"
    )
    assert found.columns.set_index(["source", "column"]).loc[(source, header), "privacy"] == "kept"
    shared = [
        name
        for name in found.__dataclass_fields__
        if artefact(f"01_{name}").sensitivity == "aggregate"
    ]
    assert not any(
        person in str(cell)
        for name in shared
        for cell in getattr(found, name).to_numpy().ravel()
        for person in PEOPLE
    )
    if source == "accounts":
        assert found.attributes.set_index("attribute").loc[column, "use"] == "kept_out"


@pytest.mark.parametrize(
    "source, header, column",
    [
        ("accounts", "Contact e-mail", "contact_e_mail"),
        ("deals", "deal_name", "deal_name_kept"),
        ("contacts", "email", "email_kept"),
        ("tickets", "Reporter phone", "reporter_phone"),
        ("engagement", "Sender name", "sender_name"),
    ],
)
def test_a_hashed_column_is_the_same_pseudonym_for_the_same_person(
    tmp_path, monkeypatch, source, header, column
):
    found = gathered(tmp_path, monkeypatch, f'[privacy]\nhash = ["{source}.{header}"]\n')
    assert not [person for person in PEOPLE if person in cells(found)]
    kept = gathered(tmp_path / "kept", monkeypatch, f'[privacy]\nkeep = ["{source}.{header}"]\n')
    assert getattr(found, source)[column].tolist() == hashed(getattr(kept, source)[column]).tolist()
    assert (
        found.columns.set_index(["source", "column"]).loc[(source, header), "privacy"] == "hashed"
    )


def test_the_key_makes_other_pseudonyms_and_its_absence_is_told(tmp_path, monkeypatch):
    monkeypatch.delenv("ICP_HASH_KEY", raising=False)
    plain = gathered(tmp_path, monkeypatch)
    assert "owner" in quality(plain, "pseudonyms without a key")["column"]
    monkeypatch.setenv("ICP_HASH_KEY", "secret")
    keyed = gathered(tmp_path / "keyed", monkeypatch)
    assert not (keyed.quality["check"] == "pseudonyms without a key").any() and not set(
        keyed.contacts["contact_id"]
    ) & set(plain.contacts["contact_id"])
    assert keyed.engagement["contact_id"].isin(keyed.contacts["contact_id"]).all()


def test_sentences_do_not_pass_for_words(tmp_path, monkeypatch):
    found = gathered(tmp_path, monkeypatch)
    assert found.tickets["tag"].isna().all() and found.deals["lost_reason"].isna().all()
    told = found.quality[found.quality["check"] == "free text"].set_index("source")
    assert set(told.index) == {"tickets", "deals"} and told.loc[
        "tickets", "decide_in_settings"
    ].startswith('privacy.keep = ["tickets.tag"]')
    kept = gathered(tmp_path / "kept", monkeypatch, '[privacy]\nkeep = ["tickets.tag"]\n').tickets
    assert kept["tag"].isna().all() and kept["tag_kept"].str.contains("late again").all()


@pytest.mark.parametrize(
    "line, words",
    [
        ('keep = ["contacts.Emial"]', "no such header.*email"),
        ('hash = ["invoices.x"]', "can be kept"),
        ('keep = ["contacts.email"]\nhash = ["contacts.email"]', "both keeps and hashes"),
        ('keep = ["email"]', "can be kept"),
    ],
)
def test_a_declaration_of_nothing_is_refused(tmp_path, monkeypatch, line, words):
    with pytest.raises(UserError, match=words):
        gathered(tmp_path, monkeypatch, f"[privacy]\n{line}\n")
