"""The benchmarks, one file each. Law: a row starts its sides, lets them measure in turns, and compares."""
