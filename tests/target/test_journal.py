"""A journal says what is held, wherever it was torn."""

import json
import os
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chaoskit.core import service
from chaoskit.core.service import Attachment, Container, Limits
from chaoskit.target import journal

KEEPER = journal.Keeper(run="a run", pid=7, born=1, boot="boot", engine="unix:///x", image="image")
SHOP = Container(
    id="f00",
    name="shop-1",
    service="shop",
    attachments=(Attachment(network="net", aliases=("shop",), driver_opts=(("a", "b"),)),),
    limits=Limits(memory=5),
    tmpfs=(("/tmp", 5),),
)


def an_entry(n):
    return journal.Entry(
        n=n,
        injection=f"i{n}",
        fault="pause",
        before=SHOP,
        enter=(service.Pause(), service.Disconnect("net")),
        leave=(service.Unpause(), service.Connect(SHOP.attachments[0])),
        time=f"2026-11-23T10:00:{n:02}+00:00",
    )


# each number puts one more entry (0), or takes the n-th that is held back
acts = st.lists(st.integers(0, 3), max_size=12)


def written(path, what):
    """Write a journal; return it, and after how many bytes what was held."""
    book = journal.Journal.create(KEEPER, path)
    held, states = [], [(book.path.stat().st_size, [])]
    for each in what:
        if each == 0:
            entry = an_entry(book.number())
            book.enter(entry)
            held.append(entry)
        elif len(held) >= each:
            book.left(held.pop(each - 1))
        states.append((book.path.stat().st_size, list(held)))
    return book.path, states


@given(acts, st.data())
def test_wherever_it_is_torn_it_says_what_had_been_written_by_then(tmp_path_factory, what, data):
    path, states = written(tmp_path_factory.mktemp("state") / "journal", what)
    raw = path.read_bytes()
    cut = data.draw(st.integers(0, len(raw)))
    book = journal.parse(path, raw[:cut])
    # a line counts once all of it but the newline is there
    whole = [held for size, held in states if size - 1 <= cut]
    if whole:
        assert book is not None
        assert list(book.held) == whole[-1]
    else:
        assert book is None


@given(acts, st.data())
def test_what_is_written_after_a_tear_counts(tmp_path_factory, what, data):
    path, states = written(tmp_path_factory.mktemp("state") / "journal", what)
    raw = path.read_bytes()
    path.write_bytes(raw[: data.draw(st.integers(states[0][0], len(raw)))])
    held = list(journal.read(path).held)
    while held:
        journal.mark_left(path, held.pop())
        assert list(journal.read(path).held) == held


def test_an_entry_is_read_as_it_was_written():
    assert journal.from_json(json.loads(json.dumps(journal.to_json(an_entry(3))))) == an_entry(3)


def test_a_file_that_is_no_journal_is_passed_over(tmp_path):
    (tmp_path / "x.jsonl").write_text('{"hello": 1}\n[]\nnull\n')
    (tmp_path / "y.jsonl").write_bytes(b"\xff\xfe\x00")
    assert journal.read_all(tmp_path) == []


def test_two_keepers_never_share_a_file(tmp_path):
    assert journal.Journal.create(KEEPER, tmp_path).path != journal.Journal.create(KEEPER, tmp_path).path


def test_a_process_is_known_by_when_it_was_born():
    mine = replace(KEEPER, pid=os.getpid(), born=journal.birth(os.getpid()), boot=journal.boot_id())
    assert mine.is_alive()
    assert not replace(mine, born=mine.born - 1).is_alive()
    assert not replace(mine, boot="another").is_alive()
    assert journal.birth(2**22 + 1) is None


def test_the_folder_is_the_users_own(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert journal.folder() == tmp_path / "chaoskit" / "journal"
    monkeypatch.delenv("XDG_STATE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert journal.folder() == tmp_path / ".local" / "state" / "chaoskit" / "journal"


def test_only_one_at_a_time_holds_a_container(tmp_path):
    import fcntl

    with journal.locked(tmp_path / "journal", "f00"):
        with (tmp_path / "locks" / "f00").open("w") as file, pytest.raises(BlockingIOError):
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        with journal.locked(tmp_path / "journal", "b0b"):
            pass
    with journal.locked(tmp_path / "journal", "f00"):
        pass
