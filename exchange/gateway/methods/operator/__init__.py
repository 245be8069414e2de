"""The operator's methods: each change is one action, logged in front of its commands with who and why."""
