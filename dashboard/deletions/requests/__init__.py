"""Requests on the screen: the list, asking, the page of one with what a decider must know, and figures."""
