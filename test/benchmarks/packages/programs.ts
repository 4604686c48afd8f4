/** Programs whose time is spent in compiled code of packages, and in the Python around it, as such programs are. */
export const PACKAGE_PROGRAMS: Readonly<Record<string, string>> = {
  'elementwise (numpy)': `
import numpy as np
x = np.linspace(0, 10, 200_000)
for _ in range(20):
    y = np.sqrt(x * x + 1) - np.sin(x) * np.exp(-x / 5)
`,
  'matmul (numpy)': `
import numpy as np
a = np.arange(62_500.0).reshape(250, 250) % 7
for _ in range(6):
    b = a @ a.T
`,
  'eigenvalues (numpy)': `
import numpy as np
rng = np.random.default_rng(1)
a = rng.normal(size=(140, 140))
np.linalg.eigvalsh(a @ a.T), np.linalg.svd(a)[1], np.linalg.solve(a, a)
`,
  'FFT (numpy)': `
import numpy as np
x = np.random.default_rng(2).normal(size=2**17)
for _ in range(8):
    np.fft.irfft(np.fft.rfft(x))
`,
  'sort and unique (numpy)': `
import numpy as np
x = np.random.default_rng(3).integers(0, 50_000, 400_000)
np.sort(x), np.argsort(x, kind="stable"), np.unique(x, return_counts=True), np.searchsorted(np.sort(x), x[:50_000])
`,
  'random numbers (numpy)': `
import numpy as np
rng = np.random.default_rng(4)
for _ in range(5):
    rng.normal(size=200_000), rng.integers(0, 100, 200_000), rng.permutation(50_000)
`,
  'read a table (pandas)': `
import io, pandas as pd
text = "a,b,c,when\\n" + "".join(f"{i},{i / 3:.4f},word{i % 97},2024-01-{i % 28 + 1:02d}\\n" for i in range(15_000))
frame = pd.read_csv(io.StringIO(text), parse_dates=["when"])
`,
  'group and merge (pandas)': `
import numpy as np, pandas as pd
rng = np.random.default_rng(5)
frame = pd.DataFrame({"g": rng.integers(0, 500, 100_000), "h": rng.integers(0, 20, 100_000), "x": rng.normal(size=100_000)})
for _ in range(3):
    frame.groupby(["g", "h"])["x"].agg(["mean", "std", "max"])
    frame.merge(frame.groupby("g", as_index=False)["x"].mean(), on="g").sort_values("x_x")
`,
  'time series (pandas)': `
import numpy as np, pandas as pd
index = pd.date_range("2020-01-01", periods=60_000, freq="min")
series = pd.Series(np.random.default_rng(6).normal(size=60_000), index)
for _ in range(3):
    series.resample("h").ohlc(), series.rolling("2h").mean(), series.groupby(series.index.hour).median()
`,
  'plot (matplotlib)': `
import io, matplotlib.pyplot as plt, numpy as np
figure, (left, right) = plt.subplots(1, 2, figsize=(8, 3))
x = np.linspace(0, 10, 400)
left.plot(x, np.sin(x), label="sine"); left.legend()
right.imshow(np.outer(np.sin(x), np.cos(x)))
figure.savefig(io.BytesIO(), format="png", dpi=100)
plt.close(figure)
`,
  'filters (Pillow)': `
import numpy as np
from PIL import Image, ImageFilter
image = Image.fromarray((np.random.default_rng(7).random((300, 400, 3)) * 255).astype(np.uint8))
for _ in range(3):
    image.filter(ImageFilter.GaussianBlur(4)).filter(ImageFilter.FIND_EDGES).resize((200, 150)).convert("L")
`,
  'optimise and integrate (scipy)': `
import numpy as np
from scipy import integrate, optimize
for _ in range(2):
    optimize.minimize(optimize.rosen, np.full(6, 1.3), jac=optimize.rosen_der)
    integrate.solve_ivp(lambda t, y: (y[1], -np.sin(y[0])), (0, 10), (1, 0), rtol=1e-7)
`,
  'regress and cluster (scikit-learn)': `
import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.ensemble import RandomForestClassifier
X = np.random.default_rng(8).normal(size=(1500, 12))
y = (X[:, 0] + X[:, 1] ** 2 > 0.7).astype(int)
LogisticRegression(max_iter=200).fit(X, y), RandomForestClassifier(8, random_state=0).fit(X, y)
`,
};
