# Six users until the file "stop" appears beside this one, or for as long as --run-time says.
import os

from locust import HttpUser, LoadTestShape, constant_throughput, runners, task

# A master gives up on workers that were silent for three heartbeats of a second, and with the last one on its test. Beside
# other tests on a small machine a healthy worker may be silent for longer.
runners.HEARTBEAT_LIVENESS = int(os.environ.get("HEARTBEAT_LIVENESS", "60"))


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
