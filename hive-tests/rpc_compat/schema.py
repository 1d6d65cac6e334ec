"""Answers against the OpenRPC schemas of execution-apis, read from its YAML."""

import pathlib

import jsonschema
import yaml


class Schemas:
    def __init__(self, folder: pathlib.Path):
        self.methods = {}
        self.definitions = {}
        for file in sorted(folder.rglob("*.yaml")):
            document = yaml.safe_load(file.read_text())
            if isinstance(document, list):
                for method in document:
                    if isinstance(method, dict) and "result" in method:
                        self.methods[method["name"]] = method
            elif isinstance(document, dict) and "schemas" in file.parts:
                self.definitions.update(document)

    def check(self, method, answer, expected):
        """Why an answer breaks the method's schema; None if it does not."""
        if method not in self.methods:
            # Only error cases ask for methods that do not exist.
            return None if "error" in answer else f"{method} is in no schema"
        if "error" in answer:
            if "error" in expected or expected.get("result") is None:
                return None if isinstance(answer["error"].get("code"), int) else "an error without a code"
            return f"error {answer['error']}"
        schema = {
            **self.methods[method]["result"]["schema"],
            "components": {"schemas": self.definitions},
            "$schema": "https://json-schema.org/draft/2019-09/schema",
        }
        validator = jsonschema.Draft201909Validator(schema)
        error = jsonschema.exceptions.best_match(validator.iter_errors(answer.get("result")))
        if error is None:
            return None
        place = "".join(f"[{part!r}]" for part in error.absolute_path)
        return f"result{place}: {error.message[:300]}"
