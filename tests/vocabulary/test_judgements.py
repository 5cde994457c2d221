"""Tiers, verdicts, vague words and size: one list of each."""

from typing import get_args

import pytest

from icplib.gather.canon import FIELDS
from icplib.icp import Verdict
from icplib.vocabulary.attributes import KNOWN, SIZE_NAMES, is_size
from icplib.vocabulary.judgements import LIFT_CUTS, POINT_CUTS, TIERS, VERDICTS, vague_phrases


def test_every_claim_has_a_mark():
    assert set(get_args(Verdict)) <= set(VERDICTS)
    assert set(VERDICTS.values()) == {"sure", "lead", "few", "stop"}


def test_tiers_fall():
    assert len(LIFT_CUTS) == len(TIERS) - 1 and len(POINT_CUTS) == len(TIERS)
    assert list(LIFT_CUTS) == sorted(LIFT_CUTS, reverse=True)


@pytest.mark.parametrize("text", ["mid-market", "cloud solutions", "growing business", "Large"])
def test_words_that_measure_nothing(text):
    assert vague_phrases(text)


@pytest.mark.parametrize("text", ["mid-market, 100-250 employees", "Industry: Fintech", "Large: 2"])
def test_a_number_or_a_name_measures(text):
    assert not vague_phrases(text)


def test_size_is_employees_and_revenue_not_growth():
    assert set(SIZE_NAMES) == {"n_employees", "annual_revenue_amount"}
    assert is_size("headcount_band", "A2") and not is_size("growth_rate", "A8")


def test_every_known_attribute_is_a_column_of_companies():
    assert set(KNOWN) <= set(FIELDS["accounts"])
