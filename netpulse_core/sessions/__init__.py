"""Open connections: kept between jobs, lent to one job at a time, never under another identity."""
