"""The sequenced command log on a NATS JetStream stream, so that several machines hold it."""
