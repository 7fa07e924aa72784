"""The Python SDK of the REST service, sync and async; of ours it imports the model, the errors and `File` alone."""

from netpulse_core.client.asynchronous import AsyncClient
from netpulse_core.client.synchronous import Client
from netpulse_core.model.run import RerunRequest, RunRequest

__all__ = ["AsyncClient", "Client", "RerunRequest", "RunRequest"]
