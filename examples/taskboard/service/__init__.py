"""The task board as a service: FastAPI over the generated models and `colonnade.runtime`.

`generated.models` is what `colonnade design` wrote; nothing in here repeats what it says.
"""
