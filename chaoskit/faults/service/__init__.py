"""Faults on a service's own containers. One module is one fault; its name is the fault's."""
