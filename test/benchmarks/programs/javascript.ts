/** JavaScript programs of the same kind for QuickJS. */
export const JAVASCRIPT_PROGRAMS: Readonly<Record<string, string>> = {
  calls: 'function fib(n) { return n < 2 ? n : fib(n - 1) + fib(n - 2); }\nfib(28);',
  loop: 'var total = 0;\nfor (var i = 0; i < 1500000; i++) total += (i * i) % 7;\ntotal;',
  objects:
    'class P { constructor(x, y) { this.x = x; this.y = y; } add(o) { return new P(this.x + o.x, this.y + o.y); } }\nvar p = new P(0, 0);\nfor (var i = 0; i < 200000; i++) p = p.add(new P(i, -i));\np.x;',
  arrays:
    'var a = Array.from({ length: 150000 }, (_, i) => (i * 7919) % 100003);\na.map((x) => x * 2).filter((x) => x % 3).sort((x, y) => x - y).length;',
  strings:
    'var s = "";\nfor (var i = 0; i < 500000; i++) s += String.fromCharCode(97 + (i % 26));\ns.split("a").join("b").length;',
  regex: 'var text = "alpha=1, beta=22; gamma=333 ".repeat(40000);\n[...text.matchAll(/(\\w+)=(\\d+)/g)].length;',
  json: 'var data = Array.from({ length: 8000 }, (_, i) => ({ id: i, name: "n" + i, values: [i, i / 3, null, true] }));\nJSON.parse(JSON.stringify(data)).length;',
  maps: 'var m = new Map();\nfor (var i = 0; i < 250000; i++) m.set(i % 5003, (m.get(i % 5003) || 0) + i);\nm.size;',
  typed:
    'var f = new Float64Array(200000);\nfor (var k = 0; k < 4; k++) for (var i = 0; i < f.length; i++) f[i] = f[i] * 0.5 + i;\nf[10];',
};
