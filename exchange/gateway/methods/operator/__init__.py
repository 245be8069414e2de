"""The operator's methods: each change is one action, logged in front of its commands with who and why.

A new one is a params struct that derives from Reasoned, and a handler under ``@operation`` that checks
what can be told beforehand and returns the commands with what their outcomes answer; its verb in
``exchange.admin`` calls it through ``act``, and its section goes into docs/protocol/operator.md.
"""
