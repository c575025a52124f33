"""The OpenAPI document is whole: every door says what it does, what it answers, and how it fails."""

import subprocess
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from django.conf import settings
from django.core.management import call_command
from drf_spectacular.generators import SchemaGenerator

SCHEMA: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)
OPERATIONS = {
    operation["operationId"]: (method, operation)
    for methods in SCHEMA["paths"].values()
    for method, operation in methods.items()
}
FRONTEND = settings.BASE_DIR / "frontend"


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_operation_is_described_with_its_refusals(name):
    method, operation = OPERATIONS[name]
    assert operation["description"]
    statuses = set(operation["responses"])
    assert {"401", "406"} <= statuses
    if method != "get":
        assert {"403", "429"} <= statuses
    if "requestBody" in operation:
        assert {"400", "413", "415"} <= statuses
    for status, response in operation["responses"].items():
        if status >= "400":
            assert "`" in response["description"], "names its codes"
            assert response["content"]["application/json"]["schema"]["$ref"].endswith("/ErrorOut")


@pytest.mark.parametrize(
    "name", ["stream_create", "guide_create", "chat_message", "guest_add", "invitation_create"]
)
def test_what_creates_takes_an_idempotency_key(name):
    headers = [p["name"] for p in OPERATIONS[name][1]["parameters"] if p["in"] == "header"]
    assert headers == ["Idempotency-Key"]


def test_every_example_is_an_example_of_its_schema():
    seen = 0
    for _method, operation in OPERATIONS.values():
        bodies = [operation.get("requestBody", {}), *operation["responses"].values()]
        for content in (body.get("content", {}).get("application/json", {}) for body in bodies):
            for example in content.get("examples", {}).values():
                root = {
                    "$schema": "http://json-schema.org/draft-04/schema#",
                    "components": SCHEMA["components"],
                }
                validator = jsonschema_rs.validator_for(_plain(root | content["schema"]))
                validator.validate(example["value"])
                seen += 1
    assert seen > 20


def test_the_front_ends_types_are_up_to_date(tmp_path: Path):
    program = FRONTEND / "node_modules" / ".bin" / "openapi-typescript"
    if not program.exists():
        pytest.skip("the front end's packages are not installed")
    source, made = tmp_path / "schema.yaml", tmp_path / "schema.gen.ts"
    call_command("spectacular", file=str(source))
    node = settings.BASE_DIR / ".venv" / "bin" / "node"
    command = [str(node), str(program), str(source), "--output", str(made), "--immutable", "--alphabetize"]
    subprocess.run(command, check=True, capture_output=True)
    written = (FRONTEND / "src" / "api" / "schema.gen.ts").read_text()
    assert written == made.read_text(), "run `make generated` and commit what it wrote"


def _plain(part: Any) -> Any:
    """As JSON Schema has it: without OpenAPI's `nullable`, and lazy texts as texts."""
    if isinstance(part, dict):
        plain = {str(key): _plain(value) for key, value in part.items() if key != "nullable"}
        return {"anyOf": [plain, {"type": "null"}]} if part.get("nullable") is True else plain
    if isinstance(part, list):
        return [_plain(item) for item in part]
    return part if isinstance(part, (bool, int, float, type(None))) else str(part)
