"""Any loss of a file's bytes is seen, whatever was lost and wherever."""

from hypothesis import assume, given
from hypothesis import strategies as st

from chaoskit.core.written import Written, closed, differences, heard

Folder = dict[str, bytes]

names = st.sampled_from(
    ["calls-0.jsonl", "calls-1.jsonl", "samples-7.bin", "samples-7.json", "experiment.yaml"]
)
folders = st.dictionaries(names, st.binary(max_size=200), min_size=1)


def counted(folder: Folder) -> dict[str, Written]:
    return {name: Written().plus(data) for name, data in folder.items()}


def named(folder: Folder, later: Folder) -> set[str]:
    found = list(differences(counted(folder), counted(later)))
    assert all(any(line.startswith(f"{name} ") for name in {*folder, *later}) for line in found)
    assert found == sorted(found)
    return {line.partition(" ")[0] for line in found}


@given(folders)
def test_a_folder_that_is_as_it_was_left_has_lost_nothing(folder: Folder) -> None:
    assert named(folder, folder) == set()


@given(folders, folders)
def test_each_file_that_differs_is_named_and_no_other(folder: Folder, later: Folder) -> None:
    assert named(folder, later) == {name for name in {*folder, *later} if folder.get(name) != later.get(name)}


@given(st.binary(min_size=1, max_size=300), st.data())
def test_any_change_of_the_bytes_is_seen(data: bytes, draw: st.DataObject) -> None:
    at = draw.draw(st.integers(0, len(data) - 1))
    to = draw.draw(st.integers(at, len(data)))
    lost = data[:at] + draw.draw(st.binary(max_size=20)) + data[to:]
    assume(lost != data)

    assert named({"calls-0.jsonl": data}, {"calls-0.jsonl": lost}) == {"calls-0.jsonl"}


@given(st.lists(st.binary(max_size=50)))
def test_it_does_not_matter_in_what_pieces_a_file_is_written(pieces: list[bytes]) -> None:
    written = Written()
    for piece in pieces:
        written = written.plus(piece)

    assert written == Written().plus(b"".join(pieces))
    assert heard(closed({"x": written})["closed"]["x"]) == written


@given(
    st.one_of(
        st.none(),
        st.integers(),
        st.text(),
        st.dictionaries(
            st.sampled_from(["bytes", "crc32"]), st.one_of(st.text("zx-"), st.booleans(), st.none())
        ),
    )
)
def test_what_no_process_would_say_counts_as_nothing(told: object) -> None:
    assert heard(told) is None
