"""Words of cells: no word of two lists, months of eight languages."""

from icplib.vocabulary import cells


def test_no_word_is_true_and_false_or_missing():
    true, false, missing = map(set, (cells.TRUE_WORDS, cells.FALSE_WORDS, cells.MISSING_WORDS))
    assert not true & false and not (true | false) & missing


def test_every_month_has_its_name_in_eight_languages():
    names = {
        "english": "january may october",
        "german": "januar mai oktober",
        "french": "janvier mai octobre",
        "spanish": "enero mayo octubre",
        "portuguese": "janeiro maio outubro",
        "italian": "gennaio maggio ottobre",
        "dutch": "januari mei oktober",
        "polish": "stycznia maja pazdziernika",
    }
    for words in names.values():
        assert [cells.MONTHS[word] for word in words.split()] == [1, 5, 10]


def test_signs_name_known_currencies():
    assert set(cells.SIGNS.values()) <= set(cells.CURRENCIES)
