"""Arguments of its own on Locust's command line, and a task that only prints."""

from locust import HttpUser, events, task


@events.init_command_line_parser.add_listener
def add(parser):
    parser.add_argument("--shop", default="main", env_var="SHOP_OF_A_TEST", help="which shop")


class Visitor(HttpUser):
    @task(9)
    def front(self):
        self.client.get("/ok", name=self.environment.parsed_options.shop)

    @task
    def talk(self):
        print(self.environment.parsed_options.shop)
