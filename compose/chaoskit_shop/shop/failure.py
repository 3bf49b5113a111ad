"""What the shop knows of a call that did not work."""


class ProviderError(Exception):
    """A provider did not give a usable answer.

    ``may_retry``: asking again at once could help. ``is_down``: it speaks against the provider; a
    request that the provider understood and turned down does not.
    ``is_unknown``: the provider may have acted all the same.
    """

    def __init__(
        self,
        provider: str,
        reason: str,
        *,
        may_retry: bool,
        is_down: bool = True,
        is_unknown: bool = False,
    ) -> None:
        super().__init__(f"{provider}: {reason}")
        self.provider = provider
        self.reason = reason
        self.may_retry = may_retry
        self.is_down = is_down
        self.is_unknown = is_unknown
