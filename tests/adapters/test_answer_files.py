"""Files of answers: each line is an answer or a sentence, and nothing that is sent makes anything else of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters import answer_files
from adapters.answer_files import Unreadable
from adapters.contract import Action, Answer

ID = "0d6a6f5e-1111-4222-8333-444455556666"


def answers(*lines: str, heading: str = "message,outcome,actions,on,reference,note") -> list[answer_files.Line]:
    return answer_files.read("\r\n".join((heading, *lines)).encode())


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        (f"{ID},no_match,,,,", Answer("no_match")),
        (
            f"{ID.upper()}, Acted ,account_closed,2026-11-02,LIB/7,",
            Answer("acted", (Action("account_closed", "2026-11-02"),), their_reference="LIB/7"),
        ),
        (
            f'{ID},acted,"account_closed, name_removed",2/11/2026,,',
            Answer("acted", (Action("account_closed", "2026-11-02"), Action("name_removed", "2026-11-02"))),
        ),
        (
            f'{ID},needs_information,,,,"Which branch?\nOr both?"',
            Answer("needs_information", note="Which branch?\nOr both?"),
        ),
        (f"{ID},received", Answer("received")),
    ],
)
def test_a_line_is_an_answer(line: str, answer: Answer) -> None:
    (read,) = answers(line)
    assert (str(read.delivery_id), read.answer, read.fault) == (ID, answer, "")


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("nonsense,no_match", "`message` has to be the id"),
        (f"{ID},gone", "`outcome` has to be one of received"),
        (f"{ID},acted,flown", "`actions` has to be made of payment_stopped"),
        (f"{ID},no_match,name_removed", "with the outcome `acted` alone"),
        (f"{ID},acted,name_removed,31/2/2026", "`on` has to be a day"),
        (f"{ID},acted,name_removed,soon", "`on` has to be a day"),
        (f"{ID},received,,,{'x' * 101},", "more than 100 characters"),
    ],
)
def test_a_line_at_fault_says_what_would_be_right_and_repeats_nothing(line: str, fault: str) -> None:
    good, bad = answers(f"{ID},received", line)
    assert good.answer == Answer("received")
    assert bad.answer is None
    assert fault in bad.fault
    assert "nonsense" not in bad.fault
    assert "flown" not in bad.fault


def test_lines_are_counted_as_an_editor_does() -> None:
    read = answers(f'{ID},needs_information,,,,"two\nlines"', "", f"{ID},gone")
    assert [(line.number, bool(line.fault)) for line in read] == [(3, False), (5, True)]


def test_a_spreadsheet_may_separate_by_semicolons_and_mark_its_encoding() -> None:
    (read,) = answer_files.read(f"\ufeffNote;Outcome;Message\r\nné;no_match;{ID}\r\n".encode())
    assert read.answer == Answer("no_match", note="né")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "`message` is missing"),
        (b"message\n", "`outcome` is missing"),
        (b"message,outcome,outcome\n", "names a column twice"),
        ("message,outcome\n\u00e9".encode("latin-1"), "not UTF-8"),
        (b"message,outcome\n" + b"x" * answer_files.LARGEST, "larger than 1 MiB"),
        (b"message,outcome\n" + b"a,b\n" * 5001, "more than 5000 lines"),
        (b'message,outcome\n"' + b"x" * 200_000 + b'"', "is no line"),
    ],
)
def test_what_is_no_such_file_is_refused_as_a_whole(content: bytes, words: str) -> None:
    with pytest.raises(Unreadable, match=words):
        answer_files.read(content)


@given(st.binary(max_size=400))
def test_nothing_that_is_sent_breaks_it(content: bytes) -> None:
    for start in (b"", b"message,outcome,on\n"):
        try:
            read = answer_files.read(start + content)
        except Unreadable:
            continue
        assert all((line.answer is None) == bool(line.fault) for line in read)
