"""Each story told in containers: it ends as it does with plain processes. ``make stories-docker``."""

import pytest

import stories
from compose_run import clearly, run

pytestmark = [pytest.mark.docker, pytest.mark.story, pytest.mark.timeout(420)]

TOLD = [
    (path, build, checks)
    for path in stories.FILES
    for build, checks in {"resilient": set[str](), **stories.promised(path)}.items()
]


@pytest.mark.parametrize(
    ("path", "build", "fails"), TOLD, ids=[f"{path.stem}-{build}" for path, build, _ in TOLD]
)
def test_a_story_ends_in_containers_as_its_comment_says(tmp_path, image, path, build, fails):
    told = clearly(lambda folder: run(folder, image, story=path.stem, build=build), tmp_path)
    assert told.status == (1 if fails else 0), told.talk
    assert fails <= told.with_verdict("fail"), told.talk
    hits = {each["check"] for each in told.result["findings"] if each["check"].startswith("hits/")}
    assert hits, told.talk
    assert hits <= told.with_verdict("pass"), told.talk
