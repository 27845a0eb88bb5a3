# Six users until the file "stop" appears beside this one, or for as long as --run-time says.
import os

from locust import HttpUser, LoadTestShape, constant_throughput, task


class Shopper(HttpUser):
    wait_time = constant_throughput(10)

    @task
    def checkout(self):
        self.client.get("/checkout")


if not os.environ.get("RUN_TIME"):

    class UntilStopped(LoadTestShape):
        def tick(self):
            stop = os.path.join(os.path.dirname(__file__), "stop")
            return None if os.path.exists(stop) else (6, 6)
