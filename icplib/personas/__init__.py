"""Step 5: from interview codings to personas that carry their evidence, anti-personas and messages.

Read in this order: ``readers`` (any tool's export into canonical tables), ``evidence`` (who said
what, and which interviews count), ``agreement``, ``saturation``, ``roles`` (do they matter),
``statements`` (typical and distinctive), ``engagement``, ``trials`` (A/B tests of messages),
``names``, ``messaging``, ``quotes``, ``cards``, ``pages`` (the cards as HTML), ``anti`` and
``changes``.
"""

from icplib.interviews import describe_import
from icplib.personas.agreement import (
    describe_agreement,
    double_coding_needed,
    list_disagreements,
    measure_agreement,
)
from icplib.personas.anti import flag_accounts
from icplib.personas.anti_outcomes import (
    check_forward,
    describe_anti,
    flags_by_owner,
    measure_anti_personas,
)
from icplib.personas.cards import Sources, describe_personas, make_personas
from icplib.personas.changes import compare, describe_changes, read_previous
from icplib.personas.engagement import (
    describe_contacts,
    describe_engagement,
    measure_engagement,
    roles_of_contacts,
)
from icplib.personas.evidence import (
    describe_interviews,
    gather_evidence,
    read_sources,
    sort_interviews,
    store,
)
from icplib.personas.messaging import list_segments, make_messages
from icplib.personas.names import crm_names, name_groups
from icplib.personas.pages import cards_page, show_cards, show_matrix
from icplib.personas.saturation import describe_saturation, measure_saturation
from icplib.personas.statements import study_roles
from icplib.personas.trials import describe_tests, draw_tests, measure_tests
from icplib.personas.use import list_contacts, list_rules
