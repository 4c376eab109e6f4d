"""The rating panel beside the counter: one question after a service, for the customer alone."""
