"""One contradictory table in each file, named after the mistake; `RULE` is the rule that finds it."""
