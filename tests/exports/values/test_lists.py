"""Lists are told from addresses and names by their members."""

from icplib.exports.values import find_separator, is_list, split_set
from icplib.exports.values.lists import members_known

TOOLS = [
    "Norvbase",
    "Quildesk",
    "Brixpay",
    "Zephmail",
    "Tambsync",
    "Olumpay",
    "Norvflow",
    "Brixflow",
]


def test_sets_are_told_from_addresses_and_names():
    stacks = {
        "AWS; Salesforce": 3,
        "GCP; Salesforce": 2,
        "AWS": 4,
        "AWS; GCP; HubSpot": 1,
        "HubSpot": 2,
    }
    assert find_separator(stacks) == ";"
    assert find_separator({"AWS, GCP": 5, "GCP, Azure": 4, "AWS": 3, "Azure, AWS": 2}) == ","
    assert find_separator({f"City {i}, CA": 1 for i in range(80)}) is None
    assert find_separator({f"City {i}, CA": 9 for i in range(8)}) is None
    assert find_separator({"Smith, Jones & Co": 1, "Meyer, Inc": 1, "Acme": 1}) is None


def test_long_cells_whose_members_recur_are_a_list_and_sentences_are_none():
    cells = [", ".join(TOOLS[i:] + TOOLS[:i][: i // 2]) for i in range(6)]
    assert is_list(cells)
    assert not is_list(
        [
            f"We met customer {i}, talked about price, and will call again in {i} days"
            for i in range(9)
        ]
    )


def test_members_whatever_the_separator_and_the_wrapping():
    assert split_set("AWS; Salesforce; AWS;", ";") == ("AWS", "Salesforce")
    assert split_set("Norvbase; Brixpay", ",") == ("Brixpay", "Norvbase")
    assert split_set('["AWS", "GCP"]', ",") == ("AWS", "GCP")
    assert split_set("{AWS,GCP}", ",") == ("AWS", "GCP")
    assert split_set("AWS, n/a, #NV", ",") == ("AWS",)
    known = members_known(["AWS;GCP", "AWS"], ";")
    assert split_set("AWS / GCP", ";", known) == ("AWS", "GCP")
    assert split_set("TCP/IP", ";", known) == ("TCP/IP",)


def test_bullets_slashes_and_words_separate_members_too():
    for sign in (" • ", "、", " / "):
        cells = {sign.join((TOOLS[i], TOOLS[(i + 1) % 8], TOOLS[(i + 3) % 8])): 1 for i in range(8)}
        found = find_separator(cells)
        assert found and all(len(split_set(cell, found)) == 3 for cell in cells), sign
    known = frozenset(TOOLS)
    cell = f"{TOOLS[0]}, {TOOLS[1]} und {TOOLS[2]}"
    assert split_set(cell, ",", known) == tuple(sorted(TOOLS[:3]))
