"""What the drivers on asyncssh share: one event loop a process, logins through jump hosts, and their errors as ours."""

# asyncssh itself is imported when the first connection is opened. A driver calls `connect` and its own coroutines
# through `run`, `call` for what must happen on the loop soon, and `translate` for what went wrong.
from netpulse_core.builtins.asyncssh_transport.loop import call, run
from netpulse_core.builtins.asyncssh_transport.opening import Known, abort, close, connect, known, session_name
from netpulse_core.builtins.asyncssh_transport.translation import translate

__all__ = ["Known", "abort", "call", "close", "connect", "known", "run", "session_name", "translate"]
