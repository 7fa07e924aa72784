"""Policies as a site's files say them: their keys, what each may hold, and the devices they are for."""
