"""What most programs do with these packages: the build notes which files that reads, and readers get those first."""

from datetime import date

import bitarray
import msgpack
from pydantic import BaseModel, Field, ValidationError


class Person(BaseModel):
    name: str = Field(min_length=1)
    born: date | None = None


try:
    Person(name="")
except ValidationError as error:
    str(error), error.json()
Person.model_validate_json('{"name": "Ada", "born": "1815-12-10"}').model_dump_json(), Person.model_json_schema()
msgpack.unpackb(msgpack.packb({"a": [1, 2.5, b"x"]})), bitarray.bitarray("0110").count()
