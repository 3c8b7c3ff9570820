"""How a worker reads from the broker; only workers load it."""

from typing import ClassVar

from celery.worker import consumer


class Consumer(consumer.Consumer):
    """Celery's own, without what it sets up for tasks with an ETA at each start: 28 quorum queues that we never use."""

    class Blueprint(consumer.Consumer.Blueprint):  # type: ignore[misc, valid-type]  # celery-types has it as a variable
        """The steps of a worker that reads from a broker."""

        default_steps: ClassVar = [
            step for step in consumer.Consumer.Blueprint.default_steps if not step.endswith(":DelayedDelivery")
        ]
