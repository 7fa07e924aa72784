"""The REST service under /v1: it identifies, hands over to the controller and words the answer; no route decides."""
