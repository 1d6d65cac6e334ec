"""Answers against the OpenRPC schemas of execution-apis, read from its YAML."""

import pathlib

import jsonschema
import yaml


class Schemas:
    """What the files under `folder` say, and what `extension` says instead: definitions, results of methods, and results of
    traces by no tracer with a name. `BlockToCome` is `Block` without the fields that `PendingBlock` has in another form."""

    def __init__(self, folder: pathlib.Path, extension: pathlib.Path | None = None):
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
        if extension is not None:
            self.extend(yaml.safe_load(extension.read_text()))
        self.validators = {}

    def extend(self, document):
        self.definitions.update(document["definitions"])
        other, block = self.definitions["PendingBlock"]["properties"], self.definitions["Block"]
        self.definitions["BlockToCome"] = block | {
            "required": [name for name in block["required"] if name not in other],
            "properties": {name: part for name, part in block["properties"].items() if name not in other},
        }
        for name, schema in document["results"].items():
            self.methods[name]["result"] = {"schema": schema}
        for name, schema in document["opcodes"].items():
            self.methods[f"{name} opcodes"] = {"result": {"schema": schema}}

    def add_openrpc(self, document):
        """The methods of an OpenRPC document."""
        self.methods.update({method["name"]: method for method in document["methods"]})

    def check(self, method, answer, expected):
        """Why an answer breaks the method's schema; None if it does not."""
        if method not in self.methods:
            # Only error cases ask for methods that do not exist.
            return None if "error" in answer else f"{method} is in no schema"
        if "error" in answer:
            if "error" in expected or expected.get("result") is None:
                return None if isinstance(answer["error"].get("code"), int) else "an error without a code"
            return f"error {answer['error']}"
        return self.check_result(method, answer.get("result"))

    def check_result(self, method, result):
        """Why a result breaks the method's schema; None if it does not."""
        validator = self.validator(method, self.methods[method]["result"]["schema"], "result")
        return explained(validator, result, "result")

    def takes_result(self, method, result):
        return self.validator(method, self.methods[method]["result"]["schema"], "result").is_valid(result)

    def check_params(self, method, params):
        """Why parameters by position break the method's schemas; None if they do not."""
        wanted = self.methods[method]["params"]
        if len(params) > len(wanted):
            return f"{len(params)} parameters, the schema has {len(wanted)}"
        for place, (value, parameter) in enumerate(zip(params, wanted)):
            validator = self.validator(method, parameter["schema"], place)
            reason = explained(validator, value, f"params[{place}]")
            if reason is not None:
                return reason
        return None

    def validator(self, method, schema, part):
        if (method, part) not in self.validators:
            whole = {
                **schema,
                "components": {"schemas": self.definitions},
                "$schema": "https://json-schema.org/draft/2019-09/schema",
            }
            self.validators[method, part] = jsonschema.Draft201909Validator(whole)
        return self.validators[method, part]


def explained(validator, value, name):
    error = jsonschema.exceptions.best_match(validator.iter_errors(value))
    if error is None:
        return None
    place = "".join(f"[{part!r}]" for part in error.absolute_path)
    return f"{name}{place}: {error.message[:300]}"
