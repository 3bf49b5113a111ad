import asyncio
import socket
from types import SimpleNamespace

import pytest

from chaoskit.core.experiment import Address
from chaoskit.proxy.gate import Gate
from chaoskit.proxy.reception import Reception

pytestmark = pytest.mark.socket


def test_an_answer_in_two_pieces_does_not_wait_for_the_client_to_acknowledge_the_first():
    async def accepted() -> int:
        reception = Reception(SimpleNamespace(listening=set()), None, None)
        gate = Gate(reception)
        where = await gate.listen(Address("127.0.0.1", 0), None, is_shared=False)
        _, writer = await asyncio.open_connection(where.host, where.port)
        while not reception.clients:  # noqa: ASYNC110 - it has no event, and the next turn of the loop has it
            await asyncio.sleep(0)
        (client,) = reception.clients
        nodelay = client.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        gate.close()
        writer.close()
        return nodelay

    assert asyncio.run(accepted()) == 1
