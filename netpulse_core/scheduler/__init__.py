"""When runs start by themselves: schedules followed over time, and ticks."""
