"""Load on the target: Locust in a process of its own. Only ``schedule`` may be imported by others.

Importing Locust patches the whole process (gevent), so nothing here imports it at package level.
"""
