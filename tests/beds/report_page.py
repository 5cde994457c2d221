"""A whole page made of a scene."""

import nbformat

import report_scene as scene
from icplib import report
from icplib.report import page


def whole(book):
    """report.html of a scene as a block."""
    inputs, *_ = scene.finish(book)
    return page.whole(report.report(inputs), str(book.quarter))


def notebook_of(blocks, path):
    """A notebook that was executed and shows these blocks and tables."""
    cells = [
        nbformat.v4.new_markdown_cell("# 06"),
        nbformat.v4.new_code_cell(
            'company = "testwell"\nquarter = "2026Q3"\nscenario = ""',
            metadata={"tags": ["parameters"]},
        ),
    ]
    for number, block in enumerate(blocks):
        shown = (
            block._repr_mimebundle_()
            if hasattr(block, "_repr_mimebundle_")
            else {"text/html": block.to_html(), "text/plain": block.to_string()}
        )
        out = nbformat.v4.new_output("execute_result", data=shown, execution_count=1)
        cells += [
            nbformat.v4.new_markdown_cell(f"## Part {number}"),
            nbformat.v4.new_code_cell("secret_code()", outputs=[out]),
        ]
    nbformat.write(
        nbformat.v4.new_notebook(cells=cells, metadata={"authors": [{"name": scene.SECRETS[2]}]}),
        path,
    )
    return path
