/** The scratch notebook that a first visit shows: something worth running in Python and in JavaScript. */
import { codeCell, markdownCell, type Cell } from '../notebook/cell.ts';

export const SAMPLE_TITLE = 'A drunkard’s walk';

const INTRO = `# A drunkard’s walk

A walker takes steps of one unit, each in a random direction. Where is the walker after $n$ steps?
Einstein's answer of 1905 is that the *mean squared distance* grows in proportion to the number of steps,

$$\\langle r^2 \\rangle = n,$$

however aimless each single walk looks. Press **Shift+Enter** in the cells below, or **Run all**: the code runs here, in your
browser, inside a metered sandbox. Nothing was installed and nothing is sent anywhere.`;

const SIMULATION = `import math, random

class Walk:
    """One random walk in the plane, drawn as an SVG path."""

    def __init__(self, steps, seed):
        chance = random.Random(seed)
        self.points = [(0.0, 0.0)]
        for _ in range(steps):
            angle = chance.uniform(0, 2 * math.pi)
            x, y = self.points[-1]
            self.points.append((x + math.cos(angle), y + math.sin(angle)))

    def squared_distance(self, n):
        x, y = self.points[n]
        return x * x + y * y

    def _repr_svg_(self):
        xs, ys = zip(*self.points)
        side = max(max(xs) - min(xs), max(ys) - min(ys)) + 4
        left, top = min(xs) - 2, min(ys) - 2
        path = "M" + "L".join(f"{x:.2f} {y:.2f}" for x, y in self.points)
        ends = "".join(
            f'<circle cx="{x:.2f}" cy="{y:.2f}" r="{side / 70:.2f}" fill="{colour}"/>'
            for (x, y), colour in ((self.points[0], "#888"), (self.points[-1], "#0f8a84"))
        )
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="380" height="380" '
            f'viewBox="{left:.2f} {top:.2f} {side:.2f} {side:.2f}">'
            f'<path d="{path}" fill="none" stroke="#0f8a84" stroke-width="{side / 380:.3f}" stroke-linejoin="round"/>'
            f'{ends}</svg>'
        )

Walk(steps=1500, seed=7)`;

const EXPERIMENT = `steps, walkers = 400, 300
walks = [Walk(steps, seed) for seed in range(walkers)]
mean = [sum(w.squared_distance(n) for w in walks) / walkers for n in range(0, steps + 1, 8)]

class Plot:
    """Measured means as dots, Einstein's law as a line."""

    def __init__(self, values, spacing):
        self.values, self.spacing = values, spacing

    def _repr_svg_(self):
        width, height, pad = 640, 300, 44
        top = max(self.values) * 1.08
        n = (len(self.values) - 1) * self.spacing
        x = lambda step: pad + step / n * (width - pad - 12)
        y = lambda value: height - pad - value / top * (height - pad - 12)
        dots = "".join(
            f'<circle cx="{x(i * self.spacing):.1f}" cy="{y(v):.1f}" r="2.6" fill="#0f8a84"/>'
            for i, v in enumerate(self.values)
        )
        ticks = "".join(
            f'<text x="{x(t):.1f}" y="{height - pad + 18}" text-anchor="middle">{t}</text>'
            f'<text x="{pad - 8}" y="{y(t) + 4:.1f}" text-anchor="end">{t}</text>'
            for t in range(0, n + 1, 100)
        )
        return f'''<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" font-family="sans-serif" font-size="11" fill="#888">
  <path d="M{pad} 12V{height - pad}H{width - 12}" fill="none" stroke="#888"/>
  <path d="M{x(0):.1f} {y(0):.1f}L{x(n):.1f} {y(n):.1f}" stroke="#888" stroke-dasharray="5 4"/>
  {dots}{ticks}
  <text x="{width - 12}" y="{height - 8}" text-anchor="end">steps</text>
  <text x="{pad + 8}" y="20">mean squared distance</text>
</svg>'''

print(f"after {steps} steps: {mean[-1]:.1f}, expected {steps}")
Plot(mean, 8)`;

const SAME = `The same program gives the same result everywhere, down to the last bit: the clock is virtual, randomness is seeded, and
every instruction is counted. The number under a cell is that count, its **fuel**. Run a cell after a restart and it is the same again.

JavaScript works too. It shares nothing with Python but the page.`;

const JAVASCRIPT = `// How many random walkers in a plane come back to where they began?
function returns(steps) {
  let x = 0, y = 0;
  for (let n = 1; n <= steps; n += 1) {
    const turn = Math.floor(Math.random() * 4);
    x += [1, -1, 0, 0][turn];
    y += [0, 0, 1, -1][turn];
    if (x === 0 && y === 0) return n;
  }
  return null;
}

const tries = Array.from({ length: 2000 }, () => returns(1000));
const home = tries.filter((n) => n !== null).sort((a, b) => a - b);
console.log(\`\${home.length} of \${tries.length} came home within 1000 steps\`);
display({ fastest: home[0], median: home[Math.floor(home.length / 2)], slowest: home.at(-1) });`;

const KEEP = `## Keep it, and prove it

**Save** makes this a document with a history. **Verify** runs it once more from the beginning, and has the server run it too: when both
agree on every byte, its outputs carry a seal that anyone can check.`;

export function sampleCells(newId: () => string): Cell[] {
  return [
    markdownCell(newId(), INTRO),
    codeCell(newId(), 'python', SIMULATION),
    codeCell(newId(), 'python', EXPERIMENT),
    markdownCell(newId(), SAME),
    codeCell(newId(), 'javascript', JAVASCRIPT),
    markdownCell(newId(), KEEP),
  ];
}
