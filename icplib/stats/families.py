"""Many tests in families: Simes within a family, Benjamini-Hochberg over families, then inside.

Sources: Simes (1986); Benjamini & Bogomolov (2014) for the level inside the families that passed.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from icplib.stats.scan import benjamini_hochberg


def two_level_q(p: pd.Series, family: pd.Series, level: float) -> np.ndarray:
    """Adjusted p of each test: at most ``level`` where its family passed and it passed inside.

    A family's p is Simes' min p(i) c / i over its c tests. R of M families pass at ``level``;
    inside of one, its tests are held against ``level`` R / M. NaN stays NaN.
    """
    inside = p.groupby(family.to_numpy(), sort=False).transform(
        lambda x: benjamini_hochberg(x.to_numpy(float))
    )
    simes = inside.groupby(family.to_numpy(), sort=False).min()
    over = pd.Series(benjamini_hochberg(simes.to_numpy(float)), index=simes.index)
    passed = max(int((over <= level).sum()), 1)
    both = np.maximum(family.map(over).to_numpy(float), inside * len(over) / passed)
    return np.minimum(both, 1.0)
