"""Which letters the bytes make: languages and their code pages, each text whole again."""

import pytest

from icplib.exports import encodings, read_table
from icplib.problems import UserError

TEXTS = {
    "German": ("Name,Ort\nMüller Bäckerei,Köln\nGroß GmbH,Nürnberg\n", "cp1252 mac_roman cp850"),
    "French": ("Nom\nSociété Générale,Orléans\nFrançois,Besançon\n", "cp1252 mac_roman cp850"),
    "Spanish": ("Señor,Compañía\nMéxico,Bogotá\n", "cp1252 mac_roman cp850"),
    "Portuguese": ("Construções São João\nComércio,Irmãos\n", "cp1252 mac_roman"),
    "Danish": ("Ærø,Sønderborg\nÅrhus,Fyn\n", "cp1252"),
    "several": ("Müller,São Paulo,Señor\nÅrhus,Orléans,Besançon\n", "cp1252 mac_roman"),
    "Polish": ("Łódź,Spółka\nŻywiec,Gdańsk,ąęść\n", "cp1250"),
    "Czech": ("Dvořák,Škoda\nPlzeň,České Budějovice\n", "cp1250"),
    "Hungarian": ("Győr,Szűcs\nKőbánya,Újpest\n", "cp1250"),
    "Russian": ("Общество,Москва\nИванов,ООО Ромашка\n", "cp1251 koi8_r"),
    "Greek": ("Αθήνα,Εταιρεία\nΠειραιάς,Εμπόριο\n", "cp1253"),
    "Turkish": ("Şirket,İstanbul\nÇağ,Güneş,ığdır\n", "cp1254"),
    "Hebrew": ("חברה,תל אביב\nירושלים,מסחר\n", "cp1255"),
    "Japanese": (
        "会社名,業種\n株式会社アブレ,製造業\nトヨタ自動車,愛知県\n",
        "cp932 euc_jp iso2022_jp utf-16",
    ),
    "Chinese": ("公司,行业\n北京科技有限公司,制造业\n上海贸易有限公司,零售业\n", "gb18030"),
    "Taiwan": ("公司,行業\n台北科技股份有限公司,製造業\n高雄貿易,零售業\n", "cp950"),
    "Korean": ("회사명,업종\n삼성전자 주식회사,제조업\n서울무역,도매업\n", "cp949"),
}
CASES = [(t, code) for t, codes in TEXTS.values() for code in codes.split()]


@pytest.mark.parametrize(("text", "code"), CASES)
def test_a_text_is_whole_again_in_the_code_page_of_its_country(tmp_path, text, code):
    path = tmp_path / "a.csv"
    path.write_bytes(text.encode(code))
    assert "".join(encodings.decoded(path, encodings.survey(path, path))) == text


@pytest.mark.parametrize(
    "language", ["German", "French", "Spanish", "Portuguese", "Czech", "Turkish"]
)
def test_text_that_was_encoded_twice_is_mended_and_said(tmp_path, language):
    text, path = TEXTS[language][0], tmp_path / "a.csv"
    twice = "".join(bytes([b]).decode("cp1252", "ignore") or chr(b) for b in text.encode())
    path.write_bytes(twice.encode("utf-8"))
    found = encodings.survey(path, path)
    assert found.is_twice and "encoded twice" in found.note
    assert "".join(encodings.decoded(path, found)) == text


def test_single_accents_are_never_taken_for_text_encoded_twice(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("Ãlex,Âme,naïve Çe,Ölçü,NÂZIM,Å\n", encoding="utf-8")
    assert not encodings.survey(path, path).is_twice


def test_utf_8_with_some_bytes_of_windows_keeps_both(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes("name\nMüller\nBäcker\nGröße\n".encode() + "Köln\n".encode("cp1252"))
    table, report = read_table(path)
    assert table["name"].tolist() == ["Müller", "Bäcker", "Größe", "Köln"] and report.notes


def test_bytes_that_make_no_words_are_refused_with_what_they_look_like(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes(b"name\n" + b"\xd7\xf7\xd0\xa6\xac ab\n\xb1\xb9\xd7\xf7x\xaa\xba\n" * 3)
    with pytest.raises(UserError, match=r"encoding.*UTF-8"):
        read_table(path)


@pytest.mark.parametrize(
    ("text", "code"),
    [("Müller,Größe", "cp1252"), ("Gdańsk,Kraków", "cp1250"), ("Фирма,Газ", "cp1251")],
)
def test_utf8_that_was_taken_for_a_code_page_is_mended(tmp_path, text, code):
    path = tmp_path / "a.csv"
    path.write_bytes(f"id,{text.encode().decode(code, 'replace')}\n".encode())
    seen = encodings.survey(path, path)
    assert "".join(encodings.decoded(path, seen)).strip() == f"id,{text}" and "twice" in seen.note


def test_letters_that_are_lost_are_told(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes("id,M\ufffdller\n".encode())
    assert "lost for good: 'M\ufffdller'" in encodings.survey(path, path).note
