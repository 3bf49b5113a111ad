"""How many cores may be used: by the scheduler, and by each control group on the way."""

import pytest

from chaoskit.run.cores import cores


@pytest.fixture
def machine(tmp_path, monkeypatch):
    """Return what makes a machine of 8 cores: where this process is, and what each group may use."""

    def make(mine, **limits):
        (tmp_path / "proc/self").mkdir(parents=True)
        (tmp_path / "proc/self/cgroup").write_text(f"4:cpu:/other\n0::/{mine}\n")
        for name, text in limits.items():
            group = tmp_path / "sys/fs/cgroup" / name.replace("_", "/").strip("/")
            group.mkdir(parents=True, exist_ok=True)
            (group / "cpu.max").write_text(text + "\n")
        return tmp_path

    monkeypatch.setattr("os.sched_getaffinity", lambda _: set(range(8)))
    return make


@pytest.mark.parametrize(
    ("mine", "limits", "found"),
    [
        ("a/b", {}, 8),
        ("a/b", {"a_b": "max 100000"}, 8),
        ("a/b", {"a_b": "200000 100000"}, 2),
        ("a/b", {"a_b": "350000 100000"}, 3),  # never stopped for the rest of a period
        ("a/b", {"a_b": "50000 100000"}, 1),
        ("a/b", {"a_b": "9900000 100000"}, 8),
        ("a/b", {"a_b": "400000 100000", "a": "300000 100000"}, 3),
        ("a/b", {"a_b": "max 100000", "_": "200000 100000"}, 2),
        ("", {"_": "200000 100000"}, 2),  # the root of a container's own namespace
        ("a/b", {"c": "100000 100000"}, 8),  # somebody else's
        ("a/b", {"a_b": "strange"}, 8),
    ],
)
def test_the_least_that_any_of_them_gives_counts(machine, mine, limits, found):
    assert cores(machine(mine, **limits)) == found


def test_without_control_groups_the_scheduler_alone_says(tmp_path, monkeypatch):
    monkeypatch.setattr("os.sched_getaffinity", lambda _: {1, 5})
    assert cores(tmp_path) == 2
