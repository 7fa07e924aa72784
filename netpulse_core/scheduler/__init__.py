"""When runs start by themselves: schedule files, cron as cron means it, and ticks; the only room with apscheduler."""
