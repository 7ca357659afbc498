"""Tables of our PDF documents fit the page, whatever is in them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from spreadscope.documents.pdf_layout import WIDTH, column_widths, lines, pdf, shown, table
from tests.support.statements import pages

TEXTS = st.text(max_size=60)


@given(st.lists(st.lists(TEXTS, min_size=4, max_size=4), max_size=5))
def test_columns_are_together_no_wider_than_the_page(rows: list[list[str]]) -> None:
    widths = column_widths(["a", "b", "a longer name of a column", ""], rows)
    assert sum(widths) <= WIDTH * (1 + 1e-9)
    assert min(widths) > 0


def test_a_short_table_takes_what_it_needs_and_the_long_column_of_another_is_broken() -> None:
    short = column_widths(["part", "amount"], [["fees", "-1.00"]])
    assert sum(short) < WIDTH / 3
    words = "why it ended " * 40
    long = column_widths(["id", "note"], [["1", words]])
    assert long[0] < 40
    assert sum(long) == WIDTH
    text = "".join(pages(pdf("a title", "1", [table(["id", "note"], [["1", words]], [True, False])])))
    assert text.replace("\n", " ").count("why it ended") == 40


def test_what_the_font_lacks_stands_as_its_number_and_markup_is_text() -> None:
    assert shown("牛 −1 → β ×2") == "\\u725b −1 -> beta ×2"
    text = "".join(pages(pdf("a title", "1", lines(["<b>& a </b>", "<script>"]))))
    assert "<b>& a </b>" in text
    assert "<script>" in text
