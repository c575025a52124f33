from tests.payments.conftest import catalogue  # noqa: F401 - a fixture
