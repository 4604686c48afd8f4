/**
 * Programs that look at the bits of NaNs. WebAssembly leaves the sign of a NaN that an instruction makes open, and, where an
 * operand is a NaN with a payload, which payload comes out: processors, engines and compilers differ.
 */
import type { Language } from '@praxis/wasm-runtime';

export interface NanProgram {
  name: string;
  language: Language;
  source: string;
}

/** NaNs that arithmetic makes of numbers. */
const MADE = `import cmath, math, struct

def show(name, value):
    for part in (value.real, value.imag):
        print(name, struct.pack(">d", part).hex(), math.copysign(1.0, part))

inf = float("inf")
zero = inf - inf if inf < 0 else 0.0
show("nan", float("nan"))
show("-nan", float("-nan"))
show("math.nan", math.nan)
show("inf - inf", inf - inf)
show("-inf + inf", -inf + inf)
show("inf * 0", inf * zero)
show("0 * inf", zero * inf)
show("-(inf - inf)", -(inf - inf))
show("abs(inf - inf)", abs(inf - inf))
show("inf / inf", inf / inf)
show("inf % 1", (inf - inf) % 1.0)
show("1 % inf", 1.0 % (inf - inf))
show("inf // 1", inf // 1.0)
show("divmod", divmod(inf, 2.0)[1])
show("pow", (inf - inf) ** 0.5)
show("complex product", complex(inf, 0.0) * complex(0.0, inf))
show("complex quotient", complex(inf, inf) / complex(1.0, inf))
show("cmath.exp", cmath.exp(complex(-inf, inf)))
show("cmath.sqrt", cmath.sqrt(complex(inf - inf, 1.0)))
show("cmath.tanh", cmath.tanh(complex(0.5, inf - inf)))
show("fsum", math.fsum([inf, inf - inf]))
show("sum", sum([inf, -inf, 1.0]))
show("sumprod", math.sumprod([inf, 1.0], [zero, 1.0]))
show("hypot", math.hypot(inf - inf, 1.0))
show("dist", math.dist([inf, 0.0], [inf, 0.0]))
show("fma", math.fma(inf - inf, 1.0, 1.0))
for name in ("sin", "cos", "tan", "exp", "expm1", "log", "log2", "log10", "log1p", "sqrt", "cbrt", "erf", "gamma", "lgamma",
             "sinh", "cosh", "tanh", "asin", "acos", "atan", "asinh", "acosh", "atanh", "fabs", "degrees", "ulp"):
    show(name, getattr(math, name)(inf - inf))
for name in ("atan2", "copysign", "fmod", "pow", "remainder", "nextafter"):
    show(name, getattr(math, name)(inf - inf, 2.0))
    show(name, getattr(math, name)(2.0, inf - inf))
`;

/** NaNs with payloads as operands: which of them comes out, and with which sign. */
const PAYLOADS = `import math, operator, struct

def of(text):
    return struct.unpack(">d", bytes.fromhex(text))[0]

def bits(value):
    return struct.pack(">d", value).hex()

operands = {
    "quiet": of("7ff8000000000000"),
    "negative": of("fff8000000000000"),
    "dead": of("7ff8dead00000001"),
    "beef": of("fff8beef00000002"),
    "signalling": of("7ff0000000000001"),
    "negative signalling": of("fff4000000000003"),
    "one": 1.0,
    "infinity": float("inf"),
}
for name, value in operands.items():
    print(name, bits(value), bits(-value), bits(abs(value)), bits(+value), bits(value * 1.0), bits(math.copysign(value, -1.0)))
for operation in (operator.add, operator.sub, operator.mul, operator.truediv, operator.mod, operator.floordiv, operator.pow):
    for left, a in operands.items():
        for right, b in operands.items():
            print(operation.__name__, left, right, bits(operation(a, b)))
for left, a in operands.items():
    for right, b in operands.items():
        print(left, right, bits(min(a, b)), bits(max(a, b)), bits(math.hypot(a, b)), bits(math.atan2(a, b)), bits(sum([a, b])))
        product = complex(a, b) * complex(b, a)
        print(bits(product.real), bits(product.imag), bits(math.fma(a, b, a)))
`;

/** Every way in which bytes of a NaN leave Python. */
const BYTES = `import array, base64, collections, decimal, fractions, io, json, marshal, math, pickle, sqlite3, statistics, struct
from praxis import artifact

inf = float("inf")
made = [inf - inf, -(inf - inf), inf * 0.0, float("nan"), struct.unpack(">d", bytes.fromhex("fff8beef00000002"))[0]]
for value in made:
    for code in "edf":
        print(code, struct.pack(">" + code, value).hex(), struct.pack("<" + code, value).hex())
    for code in "df":
        print("array", array.array(code, [value]).tobytes().hex())
    print("memoryview", bytes(memoryview(array.array("d", [value])).cast("B")).hex())
    print("array of floats as integers", memoryview(array.array("d", [value])).cast("B").cast("Q")[0])
    for protocol in range(6):
        print("pickle", protocol, pickle.dumps(value, protocol).hex())
    for version in (1, 2, 4):
        print("marshal", version, marshal.dumps(value, version).hex())
    print(repr(value), f"{value:+.3f} {value:e} {value:g} {value:n}", value.hex(), json.dumps([value]), "%f" % value)
    print(decimal.Decimal(value), decimal.Decimal.from_float(value).as_tuple(), hash(decimal.Decimal("NaN")) is None)
    row = sqlite3.connect(":memory:").execute("select ?, typeof(?), ? + 1", (value, value, value)).fetchone()
    print("sqlite", row)
    round_trip = pickle.loads(pickle.dumps(value))
    print("round trip", struct.pack(">d", round_trip).hex(), struct.pack(">d", marshal.loads(marshal.dumps(value))).hex())
halves = [0x7E00, 0xFE00, 0x7C01, 0xFC01, 0x7DFF, 0xFFFF]
singles = [0x7FC00000, 0xFFC00000, 0x7F800001, 0xFF800001, 0x7FBFFFFF, 0xFFFFFFFF, 0x7FC0DEAD]
for half in halves:
    value = struct.unpack(">e", half.to_bytes(2))[0]
    print(f"{half:04x}", struct.pack(">d", value).hex(), struct.pack(">f", value).hex(), struct.pack(">e", value).hex())
for single in singles:
    value = struct.unpack(">f", single.to_bytes(4))[0]
    print(f"{single:08x}", struct.pack(">d", value).hex(), struct.pack(">f", value).hex(), array.array("f", [value]).tobytes().hex())
print(struct.pack(">d", statistics.fmean([inf, 1.0])).hex(), struct.pack(">d", math.prod([inf, 0.0])).hex())
artifact("nan.bin", b"".join(struct.pack("<d", value) for value in made), "application/octet-stream")
`;

/** What depends on NaNs without showing their bits: order, hashes, sets. */
const ORDER = `import json, math, random, statistics

inf = float("inf")
values = [inf - inf, 3.0, -(inf - inf), 1.0, float("nan"), 2.0, inf * 0.0, -0.0, 0.0]
for seed in range(5):
    shuffled = values[:]
    random.Random(seed).shuffle(shuffled)
    print(sorted(shuffled), min(shuffled), max(shuffled), [math.copysign(1.0, value) for value in sorted(shuffled)])
print([hash(value) % 1000 for value in values], len(set(values)), len({value: 1 for value in values}))
print([value == value for value in values], [value in values for value in values], values.index(values[0]))
print(json.dumps(values), json.loads("[NaN, -Infinity, -0.0]"))
print(round(2.5), round(-0.0), math.copysign(1, round(-0.4, 0)))
print(statistics.median([1.0, 2.0, 3.0]), statistics.stdev([1.5, 2.5, 4.0]))
`;

const JAVASCRIPT = `const view = new DataView(new ArrayBuffer(8));
const bits = (value) => {
  view.setFloat64(0, value);
  return view.getBigUint64(0).toString(16) + ' ' + new BigUint64Array(new Float64Array([value]).buffer)[0].toString(16) +
    ' ' + new Uint32Array(new Float32Array([value]).buffer)[0].toString(16);
};
const of = (text) => {
  view.setBigUint64(0, BigInt('0x' + text));
  return view.getFloat64(0);
};
const infinity = 1 / 0;
const made = {
  NaN, minus: -NaN, difference: infinity - infinity, negated: -(infinity - infinity), product: infinity * 0, quotient: 0 / (infinity - infinity),
  remainder: infinity % 2, root: Math.sqrt(-1), logarithm: Math.log(-1), power: (-8) ** (1 / 3), sine: Math.sin(infinity), parsed: Number('x'),
  arc: Math.acos(2), least: Math.min(NaN, 1), greatest: Math.max(1, NaN), hypotenuse: Math.hypot(NaN, 1), single: Math.fround(NaN), date: new Date(NaN).getTime(),
};
for (const [name, value] of Object.entries(made)) console.log(name, bits(value), Object.is(value, NaN), JSON.stringify([value]));
const patterns = ['7ff8000000000000', 'fff8000000000000', '7ff8dead00000001', 'fff8beef00000002', '7ff0000000000001', 'fff4000000000003', 'ffffffffffffffff'];
for (const a of patterns) {
  console.log(a, bits(of(a)), bits(-of(a)), bits(Math.abs(of(a))), bits(of(a) * 1));
  for (const b of patterns) console.log(b, bits(of(a) + of(b)), bits(of(a) - of(b)), bits(of(a) * of(b)), bits(of(a) / of(b)), bits(of(a) % of(b)));
}
const raw = new BigUint64Array(patterns.map((text) => BigInt('0x' + text)));
const floats = new Float64Array(raw.buffer);
console.log([...new BigUint64Array(floats.slice().buffer)].map((value) => value.toString(16)).join());
console.log([...new BigUint64Array(floats.map((value) => value).buffer)].map((value) => value.toString(16)).join());
console.log([...new BigUint64Array(Float64Array.from(floats).buffer)].map((value) => value.toString(16)).join());
console.log([...new Uint32Array(new Float32Array(floats).buffer)].map((value) => value.toString(16)).join());
const singles = new Float32Array(new Uint32Array([0x7fc00000, 0xffc00000, 0x7f800001, 0xff800001, 0x7fc0dead]).buffer);
console.log([...new BigUint64Array(new Float64Array(singles).buffer)].map((value) => value.toString(16)).join());
console.log([...floats.toSorted()].join(), floats.indexOf(NaN), floats.includes(NaN), new Set(floats).size);
floats.copyWithin(1, 0, 3);
floats.fill(infinity - infinity, 5);
console.log([...raw].map((value) => value.toString(16)).join());
artifact('nan.bin', new Uint8Array(floats.buffer));
`;

export const NAN_PROGRAMS: readonly NanProgram[] = [
  { name: 'NaNs that are made', language: 'python', source: MADE },
  { name: 'NaNs with payloads', language: 'python', source: PAYLOADS },
  { name: 'bytes of NaNs', language: 'python', source: BYTES },
  { name: 'NaNs in order', language: 'python', source: ORDER },
  { name: 'NaNs in typed arrays', language: 'javascript', source: JAVASCRIPT },
];
