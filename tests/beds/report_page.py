"""A whole page made of a scene."""

import nbformat

import report_scene as scene
from icplib import report


def everything(book):
    """Notebook 06 as it would be executed, made of its own blocks."""
    inputs, measures, signs, changes, facts = scene.finish(book)
    trend = report.trend(inputs)
    blocks = [
        report.page_one(facts),
        report.icp_sheets(inputs),
        report.ladder(inputs),
        report.persona_cards(inputs),
        report.anti_persona(inputs),
        report.messaging(inputs),
        report.score(inputs),
        report.red_flags(inputs),
        report.measures_overview(measures, inputs),
        report.all_measures(measures, inputs),
        report.signs_table(signs, inputs),
        report.drift_table(inputs),
        report.trend_table(trend, inputs),
        report.market_table(facts.universe, inputs),
        report.changes_table(changes, inputs),
        report.decisions_table(facts.log),
        report.mistakes_table(report.mistakes(inputs)),
        report.limits(inputs),
        report.how_it_was_done(),
        report.contrast(),
        report.glossary(),
        report.provenance_table(report.provenance_rows(facts, inputs)),
        report.files_table(inputs),
    ]
    return blocks, [report.companies(inputs), report.notes_table(inputs)]


def notebook_of(blocks, path, tags=()):
    cells = [
        nbformat.v4.new_markdown_cell("# 06"),
        nbformat.v4.new_code_cell(
            'company = "testwell"\nquarter = "2026Q3"\nscenario = ""',
            metadata={"tags": ["parameters"]},
        ),
    ]
    for number, block in enumerate(blocks):
        out = nbformat.v4.new_output(
            "execute_result", data=block._repr_mimebundle_(), execution_count=1
        )
        cells += [
            nbformat.v4.new_markdown_cell(f"## Part {number}"),
            nbformat.v4.new_code_cell(
                "secret_code()", outputs=[out], metadata={"tags": list(tags)}
            ),
        ]
    nbformat.write(
        nbformat.v4.new_notebook(cells=cells, metadata={"authors": [{"name": scene.SECRETS[2]}]}),
        path,
    )
    return path
