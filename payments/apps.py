from django.apps import AppConfig


class PaymentsConfig(AppConfig):
    name = "payments"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from payments import metrics, people  # noqa: F401
        from payments.creators import handlers as creators_handlers  # noqa: F401
        from payments.creators import live  # noqa: F401
        from payments.creators import metrics as creators_metrics  # noqa: F401
        from payments.creators import tasks as creators_tasks  # noqa: F401
        from payments.orders import movements, tasks  # noqa: F401
        from payments.orders import people as orders_people  # noqa: F401
        from payments.staff import metrics as staff_metrics  # noqa: F401
        from payments.staff import tasks as staff_tasks  # noqa: F401
        from payments.tickets import access as tickets_access  # noqa: F401
        from payments.tickets import handlers as tickets_handlers  # noqa: F401
        from payments.tickets import people as tickets_people  # noqa: F401
        from payments.tickets import services as tickets_services  # noqa: F401
        from payments.tips import people as tips_people  # noqa: F401
        from payments.tips import services as tips_services  # noqa: F401
