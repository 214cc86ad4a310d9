"""Our side of the wall: the processes that run customers' code."""
