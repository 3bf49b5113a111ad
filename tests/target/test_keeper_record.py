"""What the keeper tells of its file at the end."""

import json
import zlib
from pathlib import Path

import pytest

from chaoskit.target.keeper import Record
from recorded import told

DID = {"did": {"injection": "i", "container": "web", "what": "entered", "t": 1.0}}


def last_line(capsys: pytest.CaptureFixture[str]) -> dict[str, object]:
    return json.loads(capsys.readouterr().out.splitlines()[-1])


def test_it_tells_what_it_wrote(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    record = Record(tmp_path)
    for line in (DID, {"ack": "arm", "t": 1.0}, DID):
        record.say(line)
    record.close()

    assert len((tmp_path / "services.jsonl").read_text().splitlines()) == 2
    assert last_line(capsys) == {"closed": told(tmp_path)}


def test_a_deed_that_could_not_be_kept_is_counted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    record = Record(tmp_path)
    record.say(DID)
    (tmp_path / "services.jsonl").rename(tmp_path / "moved")
    (tmp_path / "services.jsonl").mkdir()  # as good as a full disk: nothing can be written there
    record.say(DID)
    record.close()

    kept = (tmp_path / "moved").stat().st_size
    assert last_line(capsys)["closed"] == {
        "services.jsonl": {"bytes": 2 * kept, "crc32": _crc((tmp_path / "moved").read_bytes() * 2)}
    }


def _crc(data: bytes) -> str:
    return f"{zlib.crc32(data):08x}"
