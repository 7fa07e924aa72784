"""ncclient's session over SSH, which sends at once instead of when its thread next looks."""

from functools import cache
from typing import Any


@cache
def session_class() -> Any:
    """Return the class; ncclient is loaded at the first call.

    ncclient's thread waits up to 0.1 s for something to read before it sends what was queued meanwhile. Here the caller
    sends what the channel takes without waiting; its thread reads, and sends the rest.
    """
    from ncclient.transport import SSHSession  # noqa: PLC0415 - loaded when a session is opened
    from ncclient.transport.session import END_DELIM, MSG_DELIM, NetconfBase  # noqa: PLC0415

    class PromptSession(SSHSession):  # type: ignore[misc]
        """Used by one thread at a time, one request at a time: nothing is ever sent beside the queue."""

        def send(self, message: str) -> None:
            data = message.encode()
            if self._base == NetconfBase.BASE_11:
                data = b"\n#%d\n%s%s" % (len(data), data, END_DELIM)
            else:
                data += MSG_DELIM
            channel = self._channel
            if self.connected and self._q.empty() and channel.send_ready() and channel.out_window_size >= len(data):
                channel.sendall(data)
            else:
                super().send(message)

    return PromptSession
