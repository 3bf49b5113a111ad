"""The gRPC stream ends without a status."""

from chaoskit.core.actions import DropTrailers
from chaoskit.core.call import Answer, Call, is_grpc
from chaoskit.core.dice import Dice
from chaoskit.core.fault import Fault
from chaoskit.core.frozen import frozen


@frozen(kw_only=True)
class GrpcNoTrailers(Fault):
    """Every message of the gRPC answer arrives, and its end does not say how it went.

    A proxy between that drops trailers does this. A call that is not gRPC, and an answer that has its
    status in the head (Trailers-Only), are left alone.
    """

    def on_answer(self, call: Call, answer: Answer, dice: Dice) -> DropTrailers | None:
        return DropTrailers() if is_grpc(call) and answer.header("grpc-status") is None else None
