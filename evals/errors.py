"""What an evaluator can be told in one line."""


class EvalError(Exception):
    """Questions, a results folder or an option that cannot be used; the message says what was found, where, and how to mend it."""
