"""The long tests run in parts: together the parts are all of them."""

import os
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import parts

ROOT = Path(__file__).parents[2]
NAMES = st.sets(st.text(max_size=8), max_size=60)
COUNTS = st.integers(1, 7)
SEEDS = st.text(max_size=8)


@given(NAMES, COUNTS, SEEDS)
def test_each_test_is_in_exactly_one_part_and_parts_are_equally_long(names, count, seed):
    cut = [parts.part_of(names, number, count, seed) for number in range(1, count + 1)]

    assert sorted(name for part in cut for name in part) == sorted(names)
    assert max(map(len, cut)) - min(map(len, cut)) <= 1


@given(st.lists(st.text(max_size=8), unique=True, max_size=60), COUNTS, SEEDS, st.randoms())
def test_the_order_in_which_tests_are_found_changes_nothing(names, count, seed, random):
    shuffled = list(names)
    random.shuffle(shuffled)

    assert parts.part_of(shuffled, 1, count, seed) == parts.part_of(names, 1, count, seed)


@given(NAMES, st.text(max_size=8), COUNTS, SEEDS)
def test_a_test_that_is_added_moves_at_most_one_other_across_each_border(names, added, count, seed):
    def owner(names):
        cut = [parts.part_of(names, number, count, seed) for number in range(1, count + 1)]
        return {name: number for number, part in enumerate(cut) for name in part}

    before, after = owner(names - {added}), owner(names | {added})
    moved = [name for name in before if before[name] != after[name]]

    assert len(moved) <= count - 1


def test_another_seed_cuts_in_another_way():
    names = {str(number) for number in range(40)}

    assert parts.part_of(names, 1, 4, "a") != parts.part_of(names, 1, 4, "b")


def test_neighbours_are_spread_over_the_parts():
    names = [f"tests/one.py::test[{number}]" for number in range(40)]

    for number in range(1, 5):
        here = sorted(names.index(name) for name in parts.part_of(names, number, 4, "seed"))
        assert here != list(range(here[0], here[0] + 10))


def test_a_part_is_read_as_it_is_written():
    assert parts.read("2/4") == (2, 4, "")
    assert parts.read("4/4:5fd:2") == (4, 4, "5fd:2")


@pytest.mark.parametrize("text", ["", "0/4", "5/4", "1/0", "2", "a/b", "-1/4", "2/4 "])
def test_what_is_no_part_is_refused(text):
    with pytest.raises(ValueError, match="part"):
        parts.read(text)


def git(folder, *words):
    """Run git as one author at one instant, so that the hashes are the same each time."""
    who = ["-c", "user.name=t", "-c", "user.email=t@localhost", "-c", "commit.gpgsign=false"]
    when = dict.fromkeys(("GIT_AUTHOR_DATE", "GIT_COMMITTER_DATE"), "1000000000 +0000")
    done = subprocess.run(
        ["git", *who, *words],
        cwd=folder,
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, **when},
    )
    return done.stdout.strip()


@pytest.fixture
def history(tmp_path):
    """A repository with the script that chooses a part."""
    (tmp_path / ".ci").mkdir()
    (tmp_path / ".ci" / "part").write_bytes((ROOT / ".ci" / "part").read_bytes())
    git(tmp_path, "init", "-q", "-b", "main")
    return tmp_path


def chosen(folder, **more):
    """Return what the script prints, and what it says of it."""
    environment = {"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": str(folder), **more}
    done = subprocess.run(
        ["sh", ".ci/part"], cwd=folder, check=True, capture_output=True, text=True, env=environment
    )
    return done.stdout.strip(), done.stderr


def commit(folder, message="a change"):
    git(folder, "commit", "-q", "--allow-empty", "-m", message)


def test_any_four_commits_in_a_row_choose_all_four_parts_of_one_cut(history):
    seen = []
    for _ in range(9):
        commit(history)
        seen.append(parts.read(chosen(history)[0]))

    assert len({(count, seed) for _, count, seed in seen}) == 1
    assert seen[0][2] == git(history, "rev-list", "--max-parents=0", "HEAD")[:12]
    for first in range(6):
        assert {number for number, _, _ in seen[first : first + 4]} == {1, 2, 3, 4}


def test_a_merge_counts_as_one_commit_of_the_branch_that_it_lands_on(history):
    commit(history)
    git(history, "checkout", "-q", "-b", "side")
    for number in range(3):
        commit(history, str(number))
    git(history, "checkout", "-q", "main")
    before = parts.read(chosen(history)[0])[0]
    git(history, "merge", "-q", "--no-ff", "-m", "merged", "side")

    assert parts.read(chosen(history)[0])[0] == before % 4 + 1


def test_a_clone_without_its_history_chooses_by_the_hash_and_says_so(history, tmp_path_factory):
    commit(history)
    seen = set()
    for number in range(9):
        commit(history, str(number))
        clone = tmp_path_factory.mktemp("clone") / "of"
        git(history, "clone", "-q", "--depth", "1", f"file://{history}", str(clone))
        (clone / ".ci").mkdir()
        (clone / ".ci" / "part").write_bytes((ROOT / ".ci" / "part").read_bytes())
        part, said = chosen(clone)
        assert "shallow" in said
        seen.add(parts.read(part)[0])

    assert seen == {1, 2, 3, 4}


def test_without_git_it_is_the_first_part_unless_one_is_asked_for(tmp_path):
    (tmp_path / ".ci").mkdir()
    (tmp_path / ".ci" / "part").write_bytes((ROOT / ".ci" / "part").read_bytes())

    assert chosen(tmp_path)[0] == "1/4"
    assert chosen(tmp_path, CHAOSKIT_PART="3/4:abc")[0] == "3/4:abc"
