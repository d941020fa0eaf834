"""The outbox: what leaves the desk, each message once by its id, as often as it takes."""
