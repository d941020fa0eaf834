"""What of docs comes from the code is as the code has it; `python -m tests.docs.write` writes it."""

from __future__ import annotations

from tests.docs import write


def test_the_page_of_errors_lists_every_type_and_every_rule():
    page = write.ERRORS.read_text("utf-8")

    assert write.with_tables(page) == page


def test_the_description_of_the_api_is_that_of_the_code():
    assert write.OPENAPI.read_text("utf-8") == write.openapi()


def test_the_examples_of_answers_are_what_a_desk_answers():
    assert write.EXAMPLES.read_text("utf-8") == write.examples()
