"""What most programs do with these packages: the build notes which files that reads, and readers get those first."""

import io
import sqlite3

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from PIL import Image, ImageFilter

rng = np.random.default_rng(1)
np.linalg.eigvalsh(np.cov(rng.normal(size=(3, 50)))), np.fft.rfft(np.arange(8.0)), np.random.rand(2)
frame = pd.DataFrame({
    "when": pd.date_range("2024-01-01", periods=50, freq="D", tz="Europe/Berlin"),
    "group": pd.Categorical(list("abcde") * 10),
    "value": rng.normal(size=50),
})
repr(frame), frame.to_html(), frame.describe(), frame.info(buf=io.StringIO())
frame.groupby("group", observed=True)["value"].agg(["mean", "std"])
frame.set_index("when")["value"].resample("W").mean().rolling(2).sum()
frame.merge(frame.head(3), on="group").pivot_table(index="group", values="value_x", observed=True)
text = frame.to_csv(index=False)
pd.read_csv(io.StringIO(text), parse_dates=["when"])
pd.read_json(io.StringIO(frame.head(2).to_json()))
with sqlite3.connect(":memory:") as database:
    frame[["group", "value"]].astype({"group": str}).to_sql("t", database)
    pd.read_sql("select * from t where value > 0", database)
image = Image.fromarray((rng.random((16, 16, 3)) * 255).astype(np.uint8)).filter(ImageFilter.GaussianBlur(1))
image.save(io.BytesIO(), "PNG")
for form in ("png", "svg"):
    figure, (left, right) = plt.subplots(1, 2, figsize=(6, 3), layout="constrained")
    left.plot(frame["when"], frame["value"], "o-", label="$x^2$")
    left.legend()
    left.set_title("values", weight="bold", style="italic")
    right.hist(frame["value"], bins=10)
    right.scatter(range(3), range(3), c=range(3))
    right.imshow(np.eye(4), cmap="viridis")
    figure.savefig(io.BytesIO(), format=form, dpi=144)
    plt.close(figure)
frame.plot(x="when", y="value")
plt.close("all")
