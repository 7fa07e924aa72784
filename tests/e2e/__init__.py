"""The main job on real input: real routers, real servers, real processes."""
