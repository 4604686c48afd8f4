/** The scratch notebook that a first visit shows: something worth running in Python and in JavaScript. */
import { codeCell, markdownCell, type Cell } from '../notebook/cell.ts';

export const SAMPLE_TITLE = 'A drunkard’s walk';

const INTRO = `# A drunkard’s walk

A walker takes steps of one unit, each in a random direction. Where is the walker after $n$ steps?
Einstein’s answer of 1905 is that the *mean squared distance* grows in proportion to the number of steps,

$$\\langle r^2 \\rangle = n,$$

however aimless each single walk looks. Press **Shift+Enter** in the cells below, or **Run all**: the code runs here, in your
browser, inside a metered sandbox. Nothing was installed and nothing is sent anywhere.`;

const SIMULATION = `import math, random

class Walk:
    """Unit steps in random directions, shown as a drawing."""

    def __init__(self, steps, seed):
        chance = random.Random(seed)
        x = y = 0.0
        self.points = [(x, y)]
        for _ in range(steps):
            angle = chance.uniform(0, math.tau)
            x, y = x + math.cos(angle), y + math.sin(angle)
            self.points.append((x, y))

    def _repr_svg_(self):
        points = " ".join(f"{x:.2f},{y:.2f}" for x, y in self.points)
        return f'''<svg xmlns="http://www.w3.org/2000/svg" viewBox="-40 -25 80 50"
  width="480" height="300">
  <polyline points="{points}" fill="none" stroke="#0f8a84" stroke-width=".3"/>
  <circle r=".8" fill="#888"/>
</svg>'''

Walk(steps=600, seed=8)`;

const EXPERIMENT = `steps, walkers = 400, 300
walks = [Walk(steps, seed) for seed in range(walkers)]

def mean_squared_distance(n):
    return sum(w.points[n][0] ** 2 + w.points[n][1] ** 2 for w in walks) / walkers

class Chart:
    """Measured means as dots, Einstein's law as a dashed line."""

    def __init__(self, values):
        self.values = values

    def _repr_svg_(self):
        across, up = 580 / self.values[-1][0], 240 / self.values[-1][0]
        dots = "".join(
            f'<circle cx="{40 + n * across:.1f}" cy="{262 - r2 * up:.1f}" r="2.6"/>'
            for n, r2 in self.values
        )
        return f'''<svg xmlns="http://www.w3.org/2000/svg" width="640" height="300">
  <path d="M40 8V262H632" fill="none" stroke="#888"/>
  <path d="M40 262L620 22" stroke="#888" stroke-dasharray="5 4"/>
  <g fill="#0f8a84">{dots}</g>
  <g fill="#888" font-family="sans-serif" font-size="12">
    <text x="632" y="284" text-anchor="end">steps</text>
    <text x="52" y="18">mean squared distance</text>
  </g>
</svg>'''

measured = [(n, mean_squared_distance(n)) for n in range(0, steps + 1, 8)]
print(f"after {steps} steps: {measured[-1][1]:.1f}, expected {steps}")
Chart(measured)`;

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

const tries = Array.from({ length: 500 }, () => returns(1000));
const home = tries.filter((n) => n !== null).sort((a, b) => a - b);
const median = home[Math.floor(home.length / 2)];
console.log(\`\${home.length} of \${tries.length} came home within 1000 steps\`);
display({ fastest: home[0], median, slowest: home.at(-1) });`;

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
