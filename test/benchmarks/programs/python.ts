/** Python programs whose time is spent in the interpreter: the ratio to the unmetered engine is what metering costs. */
export const PYTHON_PROGRAMS: Readonly<Record<string, string>> = {
  calls: 'def fib(n):\n    return n if n < 2 else fib(n - 1) + fib(n - 2)\nfib(27)\n',
  loop: 'total = 0\nfor i in range(600_000):\n    total += i * i % 7\n',
  sum_range: 'for _ in range(20):\n    sum(range(100_000))\n',
  objects: `
class Point:
    def __init__(self, x, y):
        self.x, self.y = x, y
    def add(self, other):
        return Point(self.x + other.x, self.y + other.y)
point = Point(0, 0)
for i in range(120_000):
    point = point.add(Point(i, -i))
`,
  text: 'words = [f"word{i % 977}" for i in range(120_000)]\ncounts = {}\nfor word in words:\n    counts[word] = counts.get(word, 0) + 1\n" ".join(sorted(words)).upper().count("WORD1")\n',
  json: 'import json\ndata = [{"id": i, "name": f"n{i}", "values": [i, i / 3, None, True]} for i in range(6_000)]\njson.loads(json.dumps(data))\n',
  regex: 'import re\ntext = "alpha=1, beta=22; gamma=333 " * 60_000\nlen(re.findall(r"(\\w+)=(\\d+)", text))\n',
  sort: 'import random\nrandom.seed(1)\nvalues = [random.random() for _ in range(120_000)]\nvalues.sort()\nsorted(values, key=lambda v: -v)\n',
  big_integers: 'value = 1\nfor i in range(1, 12_000):\n    value *= i\nlen(hex(value))\n',
  sqlite:
    'import sqlite3\nbase = sqlite3.connect(":memory:")\nbase.execute("create table t (a integer, b text)")\nbase.executemany("insert into t values (?, ?)", ((i, str(i)) for i in range(40_000)))\nbase.execute("select count(*), sum(a) from t where b like \'%7%\'").fetchone()\n',
  hashing:
    'import hashlib\ndigest = b""\nfor _ in range(600):\n    digest = hashlib.sha256(digest + b"x" * 60_000).digest()\n',
  generators:
    'def numbers(n):\n    for i in range(n):\n        yield i\nsum(x * 2 for x in numbers(250_000) if x % 3)\n',
};
