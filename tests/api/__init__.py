"""Tests of the REST service, over a real server and a real ledger."""
