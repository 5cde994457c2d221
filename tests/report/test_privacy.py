"""What may leave the building.

Small counts, subtraction, names, and the page made of a run with secrets everywhere.
"""

import base64
import re
from functools import partial

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import report_scene as scene
from icplib import report
from icplib.charts import report as charts
from icplib.charts import theme
from icplib.names import Names, known_names
from icplib.problems import UserError
from icplib.report import page
from icplib.report.blocks import Block
from icplib.report.names import findings, gate
from icplib.report.privacy import count, k_of_n, share_of, suppress, with_partner, words
from icplib.workbook import Workbook
from report_page import everything, notebook_of
from report_scene import finish


@pytest.mark.parametrize(
    "n, text", [(0, "0"), (1, "<5"), (4, "<5"), (5, "5"), (1234, "1,234"), (None, "\N{EN DASH}")]
)
def test_small_counts(n, text):
    assert count(n, 5) == text


def test_k_of_n_hides_both_sides():
    assert k_of_n(12, 40, 5) == "12 of 40" and k_of_n(0, 40, 5) == "0 of 40"
    assert (
        k_of_n(3, 40, 5) == "fewer than 5 of 40"
        and k_of_n(38, 40, 5) == "all but fewer than 5 of 40"
    )
    assert k_of_n(5, 9, 5, complement=False) == "5 of 9" and "3" not in k_of_n(1, 3, 5)


@given(st.lists(st.integers(0, 60), min_size=1, max_size=8), st.integers(2, 8))
def test_nothing_small_is_shown_nor_follows_from_the_total(numbers, least):
    rows = pd.DataFrame({"group": "a", "n": numbers, "share": 0.5})
    shown = suppress(rows, ["n"], least, by=["group"], derived=["share"])
    hidden = shown["n"].isna()
    assert not ((shown["n"] > 0) & (shown["n"] < least)).any()
    assert (
        shown.loc[hidden, "share"].isna().all()
        and shown.loc[~hidden, "n"].tolist() == rows.loc[~hidden, "n"].tolist()
    )
    # the total minus what is shown names one hidden number only where every other row is an honest
    # zero
    assert hidden.sum() != 1 or (rows.loc[~hidden, "n"] == 0).all()


@pytest.mark.parametrize(
    "text, said",
    [
        (
            "1 best of 7 customers allow counts only; a rule needs at least 10.",
            "fewer than 5 best of 7 customers allow counts only; a rule needs at least 10.",
        ),
        (
            "With your 7 customers, 1 of them best, you could (4 chances in 5).",
            "With your 7 customers, fewer than 5 of them best, you could (4 chances in 5).",
        ),
        (
            "New customers (3) against 338 before (PSI 0.04)",
            "New customers (fewer than 5) against 338 before (PSI 0.04)",
        ),
        (
            "known in 3 of 607 won deals (0.5%, 0.1% to 1.4%).",
            "known in fewer than 5 of 607 won deals.",
        ),
        ("1,004 of 1,006 accounts", "all but fewer than 5 of 1,006 accounts"),
        ("8 of 9 asked, 2 of 11 in other roles", "8 of 9 asked, fewer than 5 of 11 in other roles"),
        ("n = 3, p = .376", "n = fewer than 5, p = .376"),
        ("5 best of 7", "5 or more best of 7"),
        ("INT-012 said so", "an interview said so"),
    ],
)
def test_small_counts_in_a_sentence_are_hidden_and_do_not_follow_from_it(text, said):
    assert words(text, 5) == said


@pytest.mark.parametrize(
    "text",
    [
        "3 or more quotes",
        "The ICP comes with 2 personas.",
        "In 3 of 10 folds nothing was found",
        "a lift of 2 could have been seen",
        "4 lines of the ICP",
        "top 2 levels",
        "1.5x (1.2 to 2.4)",
        "2026-09-03, 2026Q3",
        "200-1,500 employees",
        "at most 4 quarters",
        "38 of 91 left, 42 % against 22 %",
    ],
)
def test_what_counts_no_company_and_no_person_stays(text):
    assert words(text, 5) == text


def test_a_share_is_words_where_it_would_show_a_few():
    assert (
        share_of(24, 86, 5) == "28 % of 86"
        and share_of(3, 86, 5) == "fewer than 5 of 86"
        and share_of(84, 86, 5) == "all but fewer than 5 of 86"
    )
    assert with_partner(pd.Series([True, False, False]), pd.Series([3, 40, 12])).tolist() == [
        True,
        False,
        True,
    ]


def known(texts):
    """The names of `KNOWN`, whatever the texts."""
    return Names(**KNOWN)


SECRET_WORDS = [*scene.SECRETS, "Company Number 7"]
KNOWN = {
    "account": ["Zyxomatic Holdings", "Data", "Best Customers Ltd"],
    "domain": ["zyxomatic.example"],
    "person": ["Wilhelmina Featherstonehaugh", "Featherstonehaugh", "Price"],
    "phone": ["+44 20 7946 0958"],
    "key": ["0018d00000T0Z8D", "7"],
}


@pytest.mark.parametrize(
    "where",
    [
        "<p>{}</p>",
        '<svg aria-label="{}"></svg>',
        '<a title="{}">x</a>',
        "<!-- {} -->",
        "<svg><text>{}</text></svg>",
        '<p id="{}">x</p>',
    ],
)
@pytest.mark.parametrize(
    "secret",
    [
        *scene.SECRETS[:5],
        "ZYXOMATIC HOLDINGS",
        "zyxomatic",
        "Ms Featherstonehaugh",
        "020 7946-0958",
        "0018d00000t0z8d",
        "Best Customers Ltd",
    ],
)
def test_the_gate_sees_names_everywhere(where, secret):
    if secret == "zyxomatic":
        secret = "Zyxomatic"  # one word counts as it is written; without the legal form it is one
    assert findings(where.format(secret), known)
    with pytest.raises(UserError, match="nothing was written|Nothing was written"):
        gate(where.format(secret), known)


def test_the_gate_says_where_and_looks_inside_images():
    page_ = "<h1>Top</h1><p>fine</p><h2 id='x'>Red <b>flags</b></h2><p>Zyxomatic Holdings</p>"
    assert findings(page_, known) == [
        'the name of an account (Zyxomatic Holdings) under "Red flags"'
    ]
    picture = base64.b64encode(
        b"\x89PNG\r\n\x1a\n\x00\x00tEXtAuthor\x00Wilhelmina Featherstonehaugh\x00\xff"
    ).decode()
    found = findings(f'<h2>Charts</h2><img alt="a" src="data:image/png;base64,{picture}">', known)
    assert found and all("inside an image" in line for line in found)


@pytest.mark.parametrize(
    "text",
    [
        "Best customers pay the price",
        "Data: firmographic",
        "Price is a reason of loss",
        "best customers ltd",
        "7 of 12 lines",
        "data",
        "wilhelmina",
    ],
)
def test_a_word_that_the_report_itself_uses_is_no_name(text):
    assert not findings(f"<p>{text}</p>", known)


def test_the_gate_lets_numbers_and_drawings_through():
    html = (
        '<p>200-1,500 employees, 2026-09-30, 310-420 USD, sha256 0123456789ab</p><svg><path d="M'
        ' 160.691177 152.499096 L 432.662839 12.8970"/></svg>'
    )
    assert not findings(html, known)


def test_names_come_from_every_raw_file_and_a_level_or_a_public_name_is_none(root):
    book = scene.company(root)
    (book.raw / "accounts.csv").write_text(
        "id,Account Name,Account Owner\n1,Quibblewick GmbH,Ottoline"
        " Rasmuth\n2,Fintech,\n3,Salsify,\n"
    )
    (book.raw / "contacts.csv").write_text(
        "First Name,Last_Name,E-Mail,Mobile Phone\nHortensia,Lindqvist,hl@quib.example,(202)"
        " 555-0198\nWill,Best,,\n"
    )
    toml = book.folder / "company.toml"
    toml.write_text(
        toml.read_text().replace(
            'deals = "deals.csv"',
            'deals = "deals.csv"\ncontacts = "contacts.csv"\n[privacy]\npublic_names = ["Salsify"]',
            1,
        )
    )
    names = partial(known_names, Workbook("testwell", "2026Q3"))
    for secret in (
        "quibblewick gmbh",
        "Quibblewick",
        "Ottoline Rasmuth",
        "hortensia lindqvist",
        "Lindqvist",
        "202.555.0198",
        "HL@quib.example",
        scene.SECRETS[0],
    ):
        assert findings(f"<p>{secret}</p>", names), secret
    for word in ("Fintech", "Salsify", "Best", "Will", "Hortensia"):
        assert not findings(f"<p>{word}</p>", names), word


def test_planted_secrets_are_not_in_the_page(root, tmp_path):
    book = scene.company(root)
    blocks, for_analysts = everything(book)
    executed = notebook_of(blocks, tmp_path / "06.ipynb")
    names = Names(
        account=[*book.read("01_accounts")["account_name"]],
        domain=[scene.SECRETS[1]],
        person=[scene.SECRETS[2]],
    )
    html = page.export(executed, tmp_path / "report.html", lambda texts: names).read_text()
    assert not [secret for secret in SECRET_WORDS if secret in html]
    assert "secret_code" not in html and "INT-0" not in html and "P-1" not in html
    assert "Every report takes us two weeks." in html, "a consented quote stands"
    assert scene.SECRETS[0] in "".join(b.html for b in for_analysts), (
        "the plant must reach the analyst's tables, or this test sees nothing"
    )


def test_small_counts_are_not_in_the_page(root):
    blocks, _ = everything(scene.company(root))
    text = "\n".join(b.text for b in blocks)
    assert "fewer than 5 of 9" in text and "3 of 9" not in text and "too few to show" in text
    assert not re.search(r"\b[1-4] of \d", text)


#: where a digit below five counts neither companies nor people
HARMLESS = re.compile(
    r"(?:chances in|needs|at least|PSI|up to|top|first|ICP|all) [1-4]\b|(?<!\d)[1-4]"
    r" (?:lines?|personas?|criteri\w+|attributes?|columns?|dated notes?|statements?|distinctive|red"
    r" flags?|contrasts?|or more|points?|%)"
    r"|[1-4] in the headline rule"
    r"|first 12.*|abababababab.*|cdcdcdcdcdcd.*|Thirteen|sha256 \w+"
)


@pytest.mark.parametrize("n", [7, 60])
def test_a_handful_of_customers_is_nowhere_counted(root, n):
    """Whatever reads like a count of companies or people is at least five, in every sentence,
    table, tile, picture and alt text.
    """
    book = scene.tiny(root, n=n)
    blocks, _ = everything(book)
    inputs = report.read(book)
    trend = report.trend(inputs)
    drawn = theme.show(
        charts.by_quarter(trend, "win_rate", "win_low", "win_high", "n", "win rate", "share"),
        alt=report.describe_trend(trend, "win_rate", "Win rate"),
    )
    measures = book.read("06_measures")
    said = [
        *"\n".join(b.text for b in blocks).splitlines(),
        *re.findall(r"<text[^>]*>(.*?)</text>", drawn.svg),
        drawn.alt,
        report.describe_shares(measures, 5),
        *report.share_rows(measures, inputs)["note"],
    ]
    counted = re.compile(r"(?<![\w.,:%$/+–-])[1-4](?![\w:/%–-]|[.,]\d)")
    bad = [
        line
        for line in said
        if counted.search(HARMLESS.sub("", line.replace("<5", "").replace("fewer than 5", "")))
    ]
    assert not bad, "\n".join(bad)
    bad = [
        (k, of)
        for line in said
        if "asked" not in line
        for k, of in re.findall(r"(?<!than )(?<!<)\b(\d+) (?:[a-z]+ )?of (\d+)\b", line)
        if 0 < int(of) - int(k) < 5
    ]
    assert not bad, "those who do not are a handful, too"
    assert (
        "How many of those that fit are best is not shown: a count behind it is below 5."
        in blocks[0].text
    )
    assert ("too few cases to show" in blocks[8].text) == (
        "Too few cases to show" in blocks[9].text
    ), "at a glance as in the tables"


def test_a_name_in_a_block_stops_the_export(root, tmp_path):
    book = scene.company(root)
    executed = notebook_of(
        [Block(f"<p>We met {scene.SECRETS[0]}.</p>", "x")], tmp_path / "06.ipynb"
    )
    with pytest.raises(UserError, match="an account"):
        page.export(executed, tmp_path / "report.html", partial(known_names, book))
    assert not (tmp_path / "report.html").exists()


def test_cells_for_analysts_stay_in_the_building(root, tmp_path):
    book = scene.company(root)
    _, for_analysts = everything(book)
    executed = notebook_of(for_analysts, tmp_path / "06.ipynb", tags=["analyst"])
    html = page.export(executed, tmp_path / "report.html", partial(known_names, book)).read_text()
    assert scene.SECRETS[0] not in html
    inside = page.export_analyst([executed], tmp_path / "analyst.html").read_text()
    assert scene.SECRETS[0] in inside and "secret_code" in inside


def test_facts_carry_no_name(root):
    *_, facts = finish(scene.company(root))
    assert not [secret for secret in SECRET_WORDS if secret in facts.model_dump_json()]
    assert Workbook("testwell", "2026Q3").read("06_report") == facts
