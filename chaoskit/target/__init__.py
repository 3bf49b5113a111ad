"""The only home of docker: starts the system under test and knows when it is ready."""
