"""What a schedule says and when it is due: files, cron as cron means it, clocks; the only room with apscheduler."""
