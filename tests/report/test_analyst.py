"""The analyst's page: notebooks in order, tables that read well, one style, one script."""

import nbformat

from icplib.report import analyst, analysts


def test_code_is_folded_and_frames_get_headers(tmp_path):
    frame = (
        '<div><style scoped>x</style><table border="1" class="dataframe"><thead><tr'
        ' style="text-align: right;"><th></th><th>a</th></tr></thead><tbody><tr><th>0</th><td>1'
        "</td></tr></tbody></table></div>"
    )
    out = nbformat.v4.new_output("execute_result", data={"text/html": frame}, execution_count=1)
    book = nbformat.v4.new_notebook(
        cells=[
            nbformat.v4.new_markdown_cell("# One"),
            nbformat.v4.new_code_cell("x", outputs=[out]),
        ]
    )
    nbformat.write(book, tmp_path / "01.ipynb")
    html = analyst.export_analyst([tmp_path / "01.ipynb"], tmp_path / "a.html").read_text()
    assert '<th scope="col">a</th>' in html and '<th scope="row">0</th>' in html
    assert html.count("<h1") == 1 and "<summary>Code</summary>" in html


def test_only_analysts_see_names():
    assert analysts.companies.__doc__.startswith("The best prospects by name")
