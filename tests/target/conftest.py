"""A holder on an engine made of dictionaries, with a journal of its own."""

import os
from dataclasses import replace

import pytest

from chaoskit.core.service import ServiceInjection
from chaoskit.faults.service.pause import Pause
from chaoskit.target import containers, journal
from chaoskit.target.engine import Engine
from chaoskit.target.hold import Holder
from fake_engine import FakeClient


def me(run="monday", *, alive=True):
    born = journal.birth(os.getpid()) if alive else 1
    return journal.Keeper(
        run=run, pid=os.getpid(), born=born, boot=journal.boot_id(), engine="unix:///fake", image="image"
    )


class Runs:
    """Several runs on one engine and one folder of journals."""

    def __init__(self, folder):
        self.folder = folder / "journal"
        self.client = FakeClient()
        self.api = self.client.api
        self.engine = Engine(self.client, "unix:///fake")

    def start(self, run="monday", *, alive=True):
        keeper = me(run, alive=alive)
        book = journal.Journal.create(keeper, self.folder)
        return Holder(engine=self.engine, agents=None, keeper=keeper, journal=book, folder=self.folder)

    def strike(self, holder, victim, fault=None, name="it"):
        """Put a fault; return its entry."""
        injection = ServiceInjection(
            id=name, service="shop", fault=fault or Pause(), fault_name="a fault", windows=((0, 1),)
        )
        around = containers.others(self.engine, None)
        entry, _ = holder.enter(injection, containers.now(self.engine, victim), around, "table")
        return entry

    def held(self):
        return [
            f"{book.keeper.run}/{entry.injection}"
            for book in journal.read_all(self.folder)
            for entry in book.held
        ]

    def die(self, holder):
        """Let a run look as if its process had been killed."""
        path = holder.journal.path
        dead = replace(holder.keeper, born=1)
        text = path.read_text().replace(f'"born":{holder.keeper.born}', f'"born":{dead.born}')
        path.write_text(text)


@pytest.fixture
def runs(tmp_path):
    return Runs(tmp_path)
