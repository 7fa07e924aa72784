"""Compliance reports in the forms others read: functions of one report, which ask nobody anything."""
