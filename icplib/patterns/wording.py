"""Whether a profile names something that can be checked, and more than size."""

from icplib.icp import Criterion
from icplib.vocabulary.attributes import is_size
from icplib.vocabulary.judgements import vague_phrases


def is_specific(criterion: Criterion) -> bool:
    """A criterion that names a number or a level, and is not itself one of the vague words."""
    if criterion.op == "between":
        return criterion.low is not None or criterion.high is not None
    return bool(criterion.values) and not all(
        vague_phrases(value) == (value.strip(),) for value in criterion.values
    )


def is_basic(rows: list[dict]) -> bool:
    """A profile of size and revenue alone, blind to technology, growth and behaviour."""
    return bool(rows) and all(
        is_size(row.get("attribute", ""), row.get("mission_row")) for row in rows
    )
