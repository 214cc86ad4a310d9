"""When schedules are due, and the events that functions still have to hear of."""
