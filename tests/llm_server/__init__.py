"""A local OpenAI-compatible server that answers plausibly, or fails in every known way.

It stands for the providers that cost money. It runs in a process of its own, and the real
client talks to it over HTTP; `running` starts one.
"""

from tests.llm_server.client import LLMServer, running

__all__ = ["LLMServer", "running"]
