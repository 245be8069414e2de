"""Trading in virtual time: the core, participants with latencies, and one queue of events."""
