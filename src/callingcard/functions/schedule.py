"""When a schedule is due: cron lines in a time zone."""
